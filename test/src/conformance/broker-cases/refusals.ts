import type { Demand, Ticket } from '@waybill/core';
import { refuses } from '../refusal.ts';
import type { BrokerCase } from './broker-case.ts';
import { depthBecomes, nothingFor, ticket } from './tickets.ts';

/** Callers in plain JavaScript have no compiler to stop them. */
const wrongly = <T>(right: T, changes: Readonly<Record<string, unknown>>): T => ({ ...right, ...changes });

const wrongTickets: readonly Readonly<Record<string, unknown>>[] = [
  { tenant: '' },
  { tenant: 't'.repeat(129) },
  { taskId: '' },
  { taskId: 'a\0b' },
  { taskId: '\ud800' },
  { taskId: 'x'.repeat(513) },
  { queue: 'urgent' },
  { queue: 'constructor' },
  { rank: -1 },
  { rank: 11 },
  { rank: 0.5 },
  { epoch: -1 },
  { epoch: 1.5 },
  { epoch: Number.NaN },
];

/** Calls that are wrong: refused, and nothing happens. */
export const refusalCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-053',
    promise:
      'a ticket that could not come back as it is is refused, and nothing that was sent with it is there',
    async check(world) {
      const broker = await world.fresh();
      for (const changes of wrongTickets) {
        const wrong: Ticket = wrongly(ticket('wrong'), changes);
        await refuses('WB_PAYLOAD', JSON.stringify(changes), () => broker.enqueue([ticket('right'), wrong]));
      }
      await nothingFor(broker, world);
      await depthBecomes(broker, 0, 0, 0);
    },
  },
  {
    id: 'BROKER-054',
    promise: 'a demand of no queue, of no ticket or for no time is refused, and so is a clear of no queue',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      const right: Demand = { wanted: [{ queue: 'normal', max: 1 }], waitMs: 0 };
      for (const changes of [
        { wanted: [{ queue: 'urgent', max: 1 }] },
        ...[0, -1, 1.5, Number.NaN].map((max) => ({ wanted: [{ queue: 'normal', max }] })),
        { waitMs: -1 },
        { waitMs: Number.NaN },
      ])
        await refuses('WB_PAYLOAD', JSON.stringify(changes), () => broker.acquire(wrongly(right, changes)));
      await refuses('WB_PAYLOAD', 'clear', () => broker.clear(['normal', 'urgent' as 'batch']));
      await depthBecomes(broker, 0, 1, 0);
    },
  },
];
