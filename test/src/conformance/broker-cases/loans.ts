import assert from 'node:assert/strict';
import { refuses } from '../refusal.ts';
import { turn } from '../time.ts';
import type { BrokerCase } from './broker-case.ts';
import { commitAll, idsOf, loanedIds, nothingFor, numbered, take, takeOne, ticket } from './tickets.ts';

/** A ticket on loan, and how it ends. */
export const loanCases: readonly BrokerCase[] = [
  {
    id: 'BROKER-001',
    promise: 'an enqueued ticket arrives as it was sent',
    async check(world) {
      const broker = await world.fresh();
      const sent = ticket('a', { tenant: 'umbra', queue: 'normal', rank: 7, epoch: 3 });
      await broker.enqueue([sent]);
      assert.deepEqual({ ...(await takeOne(broker)).item }, sent);
    },
  },
  {
    id: 'BROKER-002',
    promise: 'a ticket is on loan to one holder at a time',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      await broker.enqueue([ticket('a')]);
      await takeOne(broker);
      await nothingFor(broker, world);
      await nothingFor(rival, world);
    },
  },
  {
    id: 'BROKER-003',
    promise: 'a committed ticket never comes back',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(3));
      await commitAll(await take(broker, 3));
      await nothingFor(broker, world);
      await broker.close();
      await nothingFor(await world.another(), world);
    },
  },
  {
    id: 'BROKER-004',
    promise: 'a ticket that is rolled back to retry is delivered again, unchanged, as often as that happens',
    async check(world) {
      const broker = await world.fresh();
      const sent = ticket('a', { rank: 9, epoch: 2 });
      await broker.enqueue([sent]);
      for (let round = 0; round < 5; round++) {
        const loan = await takeOne(broker);
        assert.deepEqual({ ...loan.item }, sent);
        await loan.rollback({ to: 'retry' });
      }
      await (await takeOne(broker)).commit();
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-005',
    promise: 'a ticket that is rolled back to retry may go to another client',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      await broker.enqueue([ticket('a')]);
      await (await takeOne(broker)).rollback({ to: 'retry' });
      const loan = await takeOne(rival);
      assert.equal(loan.item.taskId, 'a');
      await loan.commit();
    },
  },
  {
    id: 'BROKER-006',
    promise: 'a ticket that is rolled back to drop never comes back',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      await (await takeOne(broker)).rollback({ to: 'drop' });
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-007',
    promise: 'a ticket that is rolled back with a delay comes back too, later or at once',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a')]);
      await (await takeOne(broker)).rollback({ to: 'retry', delayMs: 50 });
      const loan = await takeOne(broker);
      assert.equal(loan.item.taskId, 'a');
      await loan.commit();
    },
  },
  {
    id: 'BROKER-008',
    promise: 'settling the same way again does nothing',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(3));
      const [first, second, third] = await take(broker, 3);
      assert.ok(first && second && third);
      await Promise.all([first.commit(), first.commit()]);
      await first.commit();
      await second.rollback({ to: 'drop' });
      await second.rollback({ to: 'drop' });
      await third.rollback({ to: 'retry' });
      await third.rollback({ to: 'retry' });
      const again = await takeOne(broker);
      assert.equal(again.item.taskId, third.item.taskId);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-009',
    promise: 'the first settlement wins, and the other one is refused',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(3));
      const [first, second, third] = await take(broker, 3);
      assert.ok(first && second && third);
      await first.commit();
      await refuses('WB_ALREADY_SETTLED', 'rollback after commit', () => first.rollback({ to: 'retry' }));
      await second.rollback({ to: 'drop' });
      await refuses('WB_ALREADY_SETTLED', 'commit after rollback', () => second.commit());
      const [committed, rolledBack] = await Promise.allSettled([
        third.commit(),
        third.rollback({ to: 'retry' }),
      ]);
      assert.deepEqual([committed.status, rolledBack.status], ['fulfilled', 'rejected']);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-010',
    promise: 'what happens to one loan of a batch does not touch the others',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue(numbered(9));
      const loans = await take(broker, 9);
      for (const [n, loan] of loans.toReversed().entries())
        if (n % 3 === 0) await loan.commit();
        else await loan.rollback({ to: n % 3 === 1 ? 'retry' : 'drop' });
      const again = await take(broker, 3);
      const retried = loanedIds(loans.toReversed()).filter((_, n) => n % 3 === 1);
      assert.deepEqual(loanedIds(again).sort(), retried.sort());
      await commitAll(again);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-011',
    promise: 'a task enqueued again, with the same or another epoch, is another ticket',
    async check(world) {
      const broker = await world.fresh();
      await broker.enqueue([ticket('a', { epoch: 0 })]);
      const first = await takeOne(broker);
      await broker.enqueue([ticket('a', { epoch: 1 })]);
      const second = await takeOne(broker);
      assert.deepEqual([first.item.epoch, second.item.epoch], [0, 1]);
      await first.commit();
      await second.rollback({ to: 'retry' });
      assert.equal((await takeOne(broker)).item.epoch, 1);
      await broker.enqueue([ticket('a', { epoch: 0 })]);
      assert.equal((await takeOne(broker)).item.epoch, 0);
    },
  },
  {
    id: 'BROKER-012',
    promise: 'ids and tenants may be any text, and come back as they are',
    async check(world) {
      const broker = await world.fresh();
      const odd = [
        'caf\u00e9',
        'cafe\u0301',
        ' a ',
        'a:b',
        'a/b',
        'a.b',
        'a|b',
        'a\nb',
        '"',
        "'",
        '\\',
        '{}',
        '%',
        '*',
        '\u2028',
        '\u{1f600}',
        '__proto__',
        'constructor',
        '0',
        'null',
        'a\u001fb',
        '\ufeffx',
        'x'.repeat(512),
        '\u8a9e'.repeat(512),
      ];
      const sent = odd.flatMap((text) => [ticket(text), ticket('a', { tenant: text.slice(0, 128) })]);
      await broker.enqueue(sent);
      const loans = await take(broker, sent.length);
      const sorted = (tickets: readonly object[]): string[] =>
        tickets.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
      assert.deepEqual(sorted(loans.map(({ item }) => item)), sorted(sent));
      await commitAll(loans);
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-013',
    promise: 'every value of rank, epoch and queue comes back as it is',
    async check(world) {
      const broker = await world.fresh();
      const sent = (['critical', 'normal', 'batch'] as const).flatMap((queue) =>
        Array.from({ length: 11 }, (_, rank) =>
          ticket(`${queue}-${rank}`, { queue, rank, epoch: rank * 1_000_003 }),
        ),
      );
      await broker.enqueue(sent);
      const loans = [];
      for (const queue of ['batch', 'critical', 'normal'] as const)
        loans.push(...(await take(broker, 11, queue)));
      const byId = new Map(loans.map(({ item }) => [item.taskId, { ...item }]));
      for (const each of sent) assert.deepEqual(byId.get(each.taskId), each);
    },
  },
  {
    id: 'BROKER-014',
    promise: '5,000 tickets arrive exactly once each',
    async check(world) {
      const broker = await world.fresh();
      const sent = numbered(5_000);
      for (let n = 0; n < 5; n++) await broker.enqueue(sent.slice(n * 1_000, (n + 1) * 1_000));
      const seen: string[] = [];
      while (seen.length < sent.length) {
        const loans = await take(broker, Math.min(200, sent.length - seen.length));
        seen.push(...loanedIds(loans));
        await commitAll(loans);
      }
      assert.deepEqual(seen.sort(), idsOf(sent));
      await nothingFor(broker, world);
    },
  },
  {
    id: 'BROKER-015',
    promise: 'clients that compete get disjoint tickets, and together all of them',
    async check(world) {
      const broker = await world.fresh();
      const rival = await world.another();
      const sent = numbered(300);
      const seen: string[] = [];
      const work = async (client: typeof broker): Promise<void> => {
        while (seen.length < sent.length) {
          const loans = await client.acquire({ wanted: [{ queue: 'normal', max: 7 }], waitMs: 50 });
          seen.push(...loanedIds(loans));
          await commitAll(loans);
          await turn();
        }
      };
      await Promise.all([work(broker), work(rival), work(broker), work(rival), broker.enqueue(sent)]);
      assert.deepEqual(seen.sort(), idsOf(sent));
    },
  },
];
