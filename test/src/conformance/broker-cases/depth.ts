import assert from 'node:assert/strict';
import { queueNames } from '@waybill/core';
import type { BrokerCase } from './broker-case.ts';
import {
  commitAll,
  depthBecomes,
  loanedIds,
  nothingFor,
  numbered,
  take,
  takeOne,
  ticket,
} from './tickets.ts';

/** How many tickets wait, and how that ends. */
export const depthCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-025',
    promise: 'depth counts the waiting tickets of every queue, also of empty ones',
    async check(world) {
      const broker = await world.fresh();
      await depthBecomes(broker, 0, 0, 0);
      await broker.enqueue([
        ...numbered(3, { queue: 'critical' }),
        ...numbered(7, { queue: 'batch', rank: 1 }),
      ]);
      await broker.enqueue(numbered(2, { queue: 'batch', rank: 9 }));
      await depthBecomes(broker, 3, 0, 9);
      await depthBecomes(await world.another(), 3, 0, 9);
    },
  },
  {
    id: 'BROKER-026',
    promise: 'depth does not count tickets on loan, and counts them again after a rollback to retry',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(5));
      const loans = await take(broker, 3);
      await depthBecomes(broker, 0, 2, 0);
      const [first, second, third] = loans;
      assert.ok(first && second && third);
      await first.rollback({ to: 'retry' });
      await depthBecomes(broker, 0, 3, 0);
      await second.commit();
      await third.rollback({ to: 'drop' });
      await commitAll(await take(broker, 3));
      await depthBecomes(broker, 0, 0, 0);
    },
  },
  {
    id: 'BROKER-027',
    promise: 'clear drops the waiting tickets of these queues, and of no others',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([
        ...numbered(3, { queue: 'critical' }),
        ...numbered(3),
        ...numbered(3, { queue: 'batch' }),
      ]);
      await depthBecomes(broker, 3, 3, 3);
      await broker.clear(['critical', 'batch']);
      await depthBecomes(broker, 0, 3, 0);
      await commitAll(await take(broker, 3));
      await nothingFor(broker, world);
      await broker.clear([]);
      await broker.clear(queueNames);
      await broker.enqueue([ticket('after')]);
      assert.deepEqual(loanedIds(await take(broker, 1)), ['after']);
    },
  },
  {
    id: 'BROKER-028',
    promise: 'clear leaves tickets on loan to their holders',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(2));
      const loan = await takeOne(broker);
      await broker.clear(['normal']);
      await nothingFor(broker, world);
      await loan.commit();
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-029',
    promise: 'two namespaces do not see each other',
    async check(world) {
      const first = await world.fresh();
      await first.enqueue([ticket('mine')]);
      const second = await world.fresh();
      await nothingFor(second, world);
      await depthBecomes(second, 0, 0, 0);
      await second.clear(queueNames);
      assert.equal((await takeOne(first)).item.taskId, 'mine');
    },
  },
];
