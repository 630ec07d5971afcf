import assert from 'node:assert/strict';
import { type QueueName, queueNames, type TaskBroker } from '@waybill/core';
import { eventually } from '../time.ts';
import { type BrokerCase, ordered, ranked } from './broker-case.ts';
import { commitAll, depthBecomes, idsOf, loanedIds, numbered, take, takeOne, ticket } from './tickets.ts';

/** Takes everything in the order of `wanted`, and answers the queues in which the tickets came. */
const drain = async (broker: TaskBroker, wanted: readonly QueueName[], count: number): Promise<string[]> => {
  const queues: string[] = [];
  while (queues.length < count) {
    const loans = await broker.acquire({ wanted: wanted.map((queue) => ({ queue, max: 4 })), waitMs: 8_000 });
    assert.ok(loans.length > 0, 'a queue ran dry too early');
    queues.push(...loans.map(({ item }) => item.queue));
    await commitAll(loans);
  }
  return queues;
};

/** Which tickets come, and in which order. */
export const queueCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-016',
    promise: 'only the queues that are wanted are served',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('c', { queue: 'critical' }), ticket('b', { queue: 'batch' })]);
      const none = await broker.acquire({ wanted: [{ queue: 'normal', max: 10 }], waitMs: world.quietMs });
      assert.deepEqual(loanedIds(none), []);
      assert.deepEqual(loanedIds(await take(broker, 1, 'batch')), ['b']);
      assert.deepEqual(loanedIds(await take(broker, 1, 'critical')), ['c']);
    },
  },
  {
    id: 'BROKER-017',
    promise: 'queues are served strictly in the order in which they are wanted, whatever their names mean',
    async check(world) {
      const broker = await world.fresh();
      for (const wanted of [queueNames, queueNames.toReversed()]) {
        const sent = numbered(18).map((each, n) => ({ ...each, queue: queueNames[n % 3] ?? 'normal' }));
        await broker.enqueue(sent);
        await depthBecomes(broker, 6, 6, 6);
        for (const queue of wanted) {
          const first = await broker.acquire({
            wanted: wanted.map((each) => ({ queue: each, max: 1 })),
            waitMs: 8_000,
          });
          assert.equal(first[0]?.item.queue, queue);
          await Promise.all(first.map((loan) => loan.rollback({ to: 'drop' })));
          const left = await broker.depth();
          await drain(broker, [queue], left.get(queue) ?? 0);
          await eventually(`${queue} to be empty`, async () => (await broker.depth()).get(queue) === 0);
        }
      }
    },
  },
  {
    id: 'BROKER-018',
    promise: 'no queue gives more than its max',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([
        ...numbered(9, { queue: 'critical' }),
        ...numbered(9),
        ...numbered(9, { queue: 'batch' }),
      ]);
      await depthBecomes(broker, 9, 9, 9);
      const wanted = [
        { queue: 'critical', max: 2 },
        { queue: 'normal', max: 1 },
        { queue: 'batch', max: 3 },
      ] as const;
      for (let round = 0; round < 3; round++) {
        const loans = await broker.acquire({ wanted, waitMs: 8_000 });
        assert.ok(loans.length > 0);
        for (const { queue, max } of wanted) {
          const given = loans.filter(({ item }) => item.queue === queue).length;
          assert.ok(given <= max, `${queue} gave ${given} of at most ${max}`);
        }
      }
    },
  },
  {
    id: 'BROKER-019',
    promise: 'a later queue gives nothing while an earlier one has more and may give more',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([...numbered(5, { queue: 'batch' }), ...numbered(5, { queue: 'critical' })]);
      await depthBecomes(broker, 5, 0, 5);
      let critical = 5;
      while (critical > 0) {
        const loans = await broker.acquire({
          wanted: [
            { queue: 'critical', max: 2 },
            { queue: 'batch', max: 1 },
          ],
          waitMs: 8_000,
        });
        const urgent = loans.filter(({ item }) => item.queue === 'critical').length;
        const overtaken = loans.length > urgent && urgent < Math.min(2, critical);
        assert.ok(!overtaken, `batch was served while ${critical - urgent} critical tickets waited`);
        assert.ok(urgent > 0, 'critical was not served first');
        critical -= urgent;
        await commitAll(loans);
      }
    },
  },
  {
    id: 'BROKER-020',
    promise: 'one ticket is enough for an answer: nobody waits for max to fill up',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      const started = performance.now();
      const loans = await broker.acquire({ wanted: [{ queue: 'normal', max: 50 }], waitMs: 10_000 });
      assert.deepEqual(loanedIds(loans), ['a']);
      assert.ok(performance.now() - started < 5_000, 'it waited for more');
    },
  },
  {
    id: 'BROKER-021',
    promise: 'tickets of one queue and rank arrive in the order in which they were enqueued',
    needs: [ordered],
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const sent = numbered(60);
      for (let n = 0; n < 6; n++)
        await (n % 2 === 0 ? broker : rival).enqueue(sent.slice(n * 10, n * 10 + 10));
      const seen: string[] = [];
      while (seen.length < sent.length) {
        const loans = await take(broker, Math.min(7, sent.length - seen.length));
        seen.push(...loanedIds(loans));
        await commitAll(loans);
      }
      assert.deepEqual(seen, idsOf(sent));
    },
  },
  {
    id: 'BROKER-022',
    promise: 'a ticket that is rolled back to retry goes back to its place, before those that came after it',
    needs: [ordered],
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(5));
      const first = await takeOne(broker);
      await first.rollback({ to: 'retry' });
      assert.deepEqual(loanedIds(await take(broker, 5)), idsOf(numbered(5)));
    },
  },
  {
    id: 'BROKER-023',
    promise: 'a higher rank overtakes within its queue',
    needs: [ranked],
    async check(world) {
      const broker = await world.fresh();
      const ranks = [5, 0, 10, 3, 7, 1, 9, 2, 8, 4, 6];
      await broker.enqueue(ranks.map((rank) => ticket(`r${rank}`, { rank })));
      assert.deepEqual(
        (await take(broker, 6)).map(({ item }) => item.rank),
        [10, 9, 8, 7, 6, 5],
      );
      await broker.enqueue([ticket('late', { rank: 10 })]);
      assert.deepEqual(
        (await take(broker, 6)).map(({ item }) => item.rank),
        [10, 4, 3, 2, 1, 0],
      );
    },
  },
  {
    id: 'BROKER-024',
    promise: 'a rank does not lift a ticket over another queue',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([
        ticket('b', { queue: 'batch', rank: 10 }),
        ticket('c', { queue: 'critical', rank: 0 }),
      ]);
      await depthBecomes(broker, 1, 0, 1);
      const [first] = await broker.acquire({
        wanted: [
          { queue: 'critical', max: 1 },
          { queue: 'batch', max: 1 },
        ],
        waitMs: 8_000,
      });
      assert.equal(first?.item.taskId, 'c');
    },
  },
];
