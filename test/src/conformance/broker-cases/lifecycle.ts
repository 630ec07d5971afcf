import assert from 'node:assert/strict';
import { isWaybillError } from '@waybill/core';
import { refuses } from '../refusal.ts';
import { stillness, within } from '../time.ts';
import { type BrokerCase, durable, redelivers } from './broker-case.ts';
import { commitAll, idsOf, loanedIds, nothingFor, numbered, take, takeOne, ticket } from './tickets.ts';

const promptMs = 5_000;

/** Closing, dying and coming back. */
export const lifecycleCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-041',
    promise: 'enqueuing nothing does nothing',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([]);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-042',
    promise: 'an enqueued ticket is there for every client as soon as enqueue has answered',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      await broker.enqueue([ticket('a')]);
      const loan = await takeOne(rival);
      assert.equal(loan.item.taskId, 'a');
      await loan.commit();
      await rival.enqueue([ticket('b')]);
      assert.equal((await takeOne(broker)).item.taskId, 'b');
    },
  },
  {
    id: 'BROKER-043',
    promise: 'a client can be closed twice, at once or one after the other, also if it was never used',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      await Promise.all([broker.close(), broker.close()]);
      await broker.close();
      const unused = await world.fresh();
      await unused.close();
    },
  },
  {
    id: 'BROKER-044',
    promise: 'every call after close is refused as such',
    async check(world) {
      const broker = await world.fresh();
      await broker.close();
      await refuses('WB_CLOSED', 'enqueue', () => broker.enqueue([ticket('a')]));
      await refuses('WB_CLOSED', 'acquire', () =>
        broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 0 }),
      );
      await refuses('WB_CLOSED', 'depth', () => broker.depth());
      await refuses('WB_CLOSED', 'clear', () => broker.clear(['normal']));
    },
  },
  {
    id: 'BROKER-045',
    promise: 'close ends a wait with nothing, and does not wait for it',
    async check(world) {
      const broker = await world.fresh();
      const acquired = broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 14_000 });
      acquired.catch(() => undefined); // awaited below
      await stillness(20);
      await within(promptMs, 'close', broker.close());
      assert.deepEqual(loanedIds(await within(promptMs, 'the wait to end', acquired)), []);
    },
  },
  {
    id: 'BROKER-046',
    promise: 'a client that closes while it waits takes no ticket with it',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const acquired = rival.acquire({ wanted: [{ queue: 'normal', max: 5 }], waitMs: 14_000 });
      const settled = Promise.allSettled([acquired]);
      await stillness(20);
      await rival.close();
      await settled;
      await broker.enqueue(numbered(5));
      assert.deepEqual(loanedIds(await take(broker, 5)).sort(), idsOf(numbered(5)));
    },
  },
  {
    id: 'BROKER-047',
    promise: 'closing one client leaves the others open, and those who wait waiting',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const acquired = broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 10_000 });
      await rival.close();
      await broker.enqueue([ticket('a')]);
      assert.deepEqual(loanedIds(await within(promptMs, 'the ticket', acquired)), ['a']);
    },
  },
  {
    id: 'BROKER-048',
    promise: 'tickets on loan return when their holder closes without settling them; settled ones do not',
    needs: [redelivers],
    async check(world) {
      const broker = await world.fresh();
      const holder = await world.another();
      await broker.enqueue(numbered(6));
      const loans = await take(holder, 6);
      await commitAll(loans.slice(0, 2));
      await loans[2]?.rollback({ to: 'drop' });
      await holder.close();
      const returned = await take(broker, 3);
      assert.deepEqual(loanedIds(returned).sort(), loanedIds(loans.slice(3)).sort());
      await commitAll(returned);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-049',
    promise: 'who waits is woken by tickets that return from a holder that closed',
    needs: [redelivers],
    async check(world) {
      const broker = await world.fresh();
      const holder = await world.another();
      await broker.enqueue([ticket('a')]);
      await takeOne(holder);
      const acquired = broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 12_000 });
      await stillness(20);
      await holder.close();
      assert.deepEqual(loanedIds(await acquired), ['a']);
    },
  },
  {
    id: 'BROKER-050',
    promise: 'waiting tickets outlive the client that enqueued them',
    needs: [durable],
    async check(world) {
      const first = await world.fresh();
      await first.enqueue(numbered(20));
      await commitAll(await take(first, 5));
      await first.close();
      const second = await world.another();
      const loans = await take(second, 15);
      assert.equal(new Set(loanedIds(loans)).size, 15);
      await commitAll(loans);
      await nothingFor(second, world);
    },
  },
  {
    id: 'BROKER-051',
    promise: 'the capabilities are those declared, and each client has the same',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      assert.deepEqual({ ...broker.capabilities }, { ...world.capabilities });
      assert.deepEqual({ ...rival.capabilities }, { ...world.capabilities });
      const { durability, ...flags } = broker.capabilities;
      assert.ok(['none', 'process', 'disk'].includes(durability));
      for (const name of ['shared', 'ordered', 'rank', 'redelivery'] as const)
        assert.equal(typeof flags[name], 'boolean', name);
    },
  },
  {
    id: 'BROKER-052',
    promise: 'settling after close settles as well or is refused as closed, and never hangs',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      const loan = await takeOne(broker);
      await broker.close();
      const settled = loan.commit().catch((error: unknown) => {
        assert.ok(isWaybillError(error), String(error));
      });
      await within(promptMs, 'the settlement', settled);
    },
  },
];
