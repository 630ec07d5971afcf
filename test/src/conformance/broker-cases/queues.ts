import assert from 'node:assert/strict';
import { type QueueName, queueNames, type TaskBroker } from '@waybill/core';
import { eventually } from '../time.ts';
import { type BrokerCase, ordered, ranked } from './broker-case.ts';
import { commitAll, idsOf, loanedIds, nothingFor, numbered, take, takeOne, ticket } from './tickets.ts';

/** Waits until the depth is this; it may lag by a moment. */
const depthBecomes = (
  broker: TaskBroker,
  critical: number,
  normal: number,
  batch: number,
): Promise<unknown> =>
  eventually(`a depth of ${critical}, ${normal} and ${batch}`, async () => {
    const depth = await broker.depth();
    assert.deepEqual([...depth.keys()].sort(), [...queueNames].sort());
    return (
      depth.get('critical') === critical && depth.get('normal') === normal && depth.get('batch') === batch
    );
  });

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

/** Which tickets come, in which order, and how many wait. */
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
