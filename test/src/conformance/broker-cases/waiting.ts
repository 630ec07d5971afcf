import assert from 'node:assert/strict';
import { queueNames, type TaskBroker } from '@waybill/core';
import { stillness, within } from '../time.ts';
import type { BrokerCase } from './broker-case.ts';
import { commitAll, idsOf, loanedIds, nothingFor, numbered, takeOne, ticket } from './tickets.ts';

const promptMs = 2_500;
const longMs = 12_000;

/** Enqueues while somebody waits, again and again, at every moment of the wait. */
const wakes = async (waiting: TaskBroker, enqueuing: TaskBroker): Promise<void> => {
  for (let round = 0; round < 25; round++) {
    const acquired = waiting.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: longMs });
    if (round % 3 !== 0) await stillness(round % 5);
    await enqueuing.enqueue([ticket(`t${round}`)]);
    const loans = await within(promptMs, 'the waiting client to be woken', acquired);
    assert.deepEqual(loanedIds(loans), [`t${round}`]);
    await commitAll(loans);
  }
};

/** How `acquire` waits, and how that ends. */
export const waitingCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-030',
    promise: 'with waitMs 0 an empty broker answers at once with nothing',
    async check(world) {
      const broker = await world.fresh();
      const wanted = queueNames.map((queue) => ({ queue, max: 5 }));
      const loans = await within(promptMs, 'the answer', broker.acquire({ wanted, waitMs: 0 }));
      assert.deepEqual(loanedIds(loans), []);
    },
  },
  {
    id: 'BROKER-031',
    promise: 'an empty broker answers with nothing when waitMs has passed, not before and not long after',
    async check(world) {
      const broker = await world.fresh();
      const started = performance.now();
      const acquired = broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 150 });
      assert.deepEqual(loanedIds(await within(150 + promptMs, 'the wait to end', acquired)), []);
      const waited = performance.now() - started;
      assert.ok(waited >= 140, `it waited ${waited} ms of 150`);
    },
  },
  {
    id: 'BROKER-032',
    promise: 'who waits is woken by an enqueue of the same client',
    async check(world) {
      const broker = await world.fresh();
      await wakes(broker, broker);
    },
  },
  {
    id: 'BROKER-033',
    promise: 'who waits is woken by an enqueue of another client',
    async check(world) {
      const broker = await world.fresh();
      await wakes(broker, await world.another());
    },
  },
  {
    id: 'BROKER-034',
    promise: 'who waits for several queues is woken by any of them',
    async check(world) {
      const broker = await world.fresh();
      const wanted = queueNames.map((queue) => ({ queue, max: 1 }));
      for (const queue of queueNames) {
        const acquired = broker.acquire({ wanted, waitMs: longMs });
        await stillness(20);
        await broker.enqueue([ticket(queue, { queue })]);
        const loans = await within(promptMs, `${queue} to wake`, acquired);
        assert.deepEqual(loanedIds(loans), [queue]);
        await commitAll(loans);
      }
    },
  },
  {
    id: 'BROKER-035',
    promise: 'who waits is woken by a rollback to retry',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      const loan = await takeOne(broker);
      const acquired = broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: longMs });
      await stillness(20);
      await loan.rollback({ to: 'retry' });
      assert.deepEqual(loanedIds(await within(promptMs, 'the rollback to wake', acquired)), ['a']);
    },
  },
  {
    id: 'BROKER-036',
    promise: 'of several who wait, each enqueued ticket wakes one, and none is forgotten',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const sent = numbered(6);
      const waiting = sent.map((_, n) =>
        (n % 2 === 0 ? broker : rival).acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: longMs }),
      );
      await stillness(20);
      await broker.enqueue(sent.slice(0, 3));
      for (const each of sent.slice(3)) await broker.enqueue([each]);
      const loans = (await within(promptMs, 'all of them to be woken', Promise.all(waiting))).flat();
      assert.deepEqual(loanedIds(loans).sort(), idsOf(sent));
    },
  },
  {
    id: 'BROKER-037',
    promise: 'the signal ends the wait',
    async check(world) {
      const broker = await world.fresh();
      const abort = new AbortController();
      const wanted = [{ queue: 'normal', max: 1 }] as const;
      const acquired = broker.acquire({ wanted, waitMs: longMs, signal: abort.signal });
      await stillness(20);
      abort.abort();
      assert.deepEqual(loanedIds(await within(promptMs, 'the wait to end', acquired)), []);
      const late = broker.acquire({ wanted, waitMs: longMs, signal: abort.signal });
      assert.deepEqual(loanedIds(await within(promptMs, 'the wait not to begin', late)), []);
    },
  },
  {
    id: 'BROKER-038',
    promise: 'a wait that has ended, by its signal or its time, takes no ticket afterwards',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const wanted = [{ queue: 'normal', max: 1 }] as const;
      const abort = new AbortController();
      const aborted = broker.acquire({ wanted, waitMs: longMs, signal: abort.signal });
      const timedOut = broker.acquire({ wanted, waitMs: 30 });
      await timedOut;
      abort.abort();
      await aborted;
      await broker.enqueue([ticket('a'), ticket('b')]);
      const loans = [await takeOne(rival), await takeOne(rival)];
      assert.deepEqual(loanedIds(loans).sort(), ['a', 'b']);
    },
  },
  {
    id: 'BROKER-039',
    promise: 'what is enqueued while a signal ends the wait is answered or stays, never lost',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const wanted = [{ queue: 'normal', max: 1 }] as const;
      for (let round = 0; round < 20; round++) {
        const abort = new AbortController();
        const acquired = broker.acquire({ wanted, waitMs: longMs, signal: abort.signal });
        if (round % 2 === 0) await stillness(round % 4);
        const enqueued = rival.enqueue([ticket(`t${round}`)]);
        abort.abort();
        await enqueued;
        const answered = await within(promptMs, 'the wait to end', acquired);
        const loans = answered.length > 0 ? answered : [await takeOne(rival)];
        assert.deepEqual(loanedIds(loans), [`t${round}`]);
        await commitAll(loans);
      }
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-040',
    promise: 'who waits keeps no other call of the client waiting',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('b', { queue: 'batch' })]);
      const acquired = broker.acquire({ wanted: [{ queue: 'critical', max: 1 }], waitMs: longMs });
      const others = async (): Promise<void> => {
        const [loan] = await broker.acquire({ wanted: [{ queue: 'batch', max: 1 }], waitMs: longMs });
        assert.equal(loan?.item.taskId, 'b');
        await loan.commit();
        await broker.depth();
        await broker.clear(['batch']);
        await broker.enqueue([ticket('c', { queue: 'critical' })]);
      };
      await within(promptMs, 'the other calls', others());
      assert.deepEqual(loanedIds(await within(promptMs, 'the first wait', acquired)), ['c']);
    },
  },
];
