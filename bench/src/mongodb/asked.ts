import type { Asked } from '../targets.ts';
import type { Mode } from './server.ts';

/** What the server can do decides what the limit is. */
export const askedIn = (mode: Mode): readonly Asked[] => [
  single('commits of 1 at 100'),
  ...(mode === 'native' ? transactions : journaled),
  single('claim and finish at 100'),
  {
    name: 'end to end at 100, ours / Agenda',
    of: ['end to end 100', 'waybill engine'],
    over: ['end to end 100', 'agenda'],
    atLeast: 5,
  },
];

/** Core's own records are changed by one conditional write each, in both modes; a user's only in native mode. */
const single = (scenario: string): Asked => ({
  name: `${scenario}, one document each, ours / bulkWrite`,
  of: [scenario, 'waybill'],
  over: [scenario, 'raw bulkWrite'],
  atLeast: 0.6,
});

const transactions = [3, 10].map(
  (documents): Asked => ({
    name: `commits of ${documents} at 100, ours / transactions of the driver`,
    of: [`commits of ${documents} at 100`, 'waybill'],
    over: [`commits of ${documents} at 100`, 'raw transaction'],
    atLeast: 0.5,
  }),
);

const journaled = [1, 3, 10].map(
  (documents): Asked => ({
    name: `commits of ${documents} at 100, ours / bulkWrite of what the journal writes`,
    of: [`commits of ${documents} at 100`, 'waybill'],
    over: [`commits of ${documents} at 100`, 'raw writes of a journal'],
    atLeast: 0.33,
  }),
);
