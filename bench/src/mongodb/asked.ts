import type { Asked } from '../targets.ts';

export const asked: readonly Asked[] = [
  {
    name: 'commits of 1 in batches of 100, ours / bulkWrite',
    of: ['commits of 1 at 100', 'waybill'],
    over: ['commits of 1 at 100', 'raw bulkWrite'],
    atLeast: 0.6,
  },
  ...[3, 10].flatMap((documents): Asked[] => [
    {
      name: `commits of ${documents} at 100, ours / transactions of the driver`,
      of: [`commits of ${documents} at 100`, 'waybill'],
      over: [`commits of ${documents} at 100`, 'raw transaction'],
      atLeast: 0.5,
    },
    {
      name: `commits of ${documents} at 100, ours / bulkWrite of what the journal writes`,
      of: [`commits of ${documents} at 100`, 'waybill'],
      over: [`commits of ${documents} at 100`, 'raw writes of a journal'],
      atLeast: 0.33,
    },
  ]),
  {
    name: 'end to end at 100, ours / Agenda',
    of: ['end to end 100', 'waybill engine'],
    over: ['end to end 100', 'agenda'],
    atLeast: 5,
  },
];
