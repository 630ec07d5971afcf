import assert from 'node:assert/strict';
import type { DocumentStore } from '@waybill/core';
import { turn } from '../time.ts';
import {
  at,
  attempt,
  commits,
  conflicts,
  fieldsOf,
  found,
  having,
  key,
  patch,
  put,
  rivalOf,
  stocked,
  write,
} from './documents.ts';
import type { StoreCase } from './store-case.ts';

/** Reads, adds one, writes if nobody did meanwhile; again until it worked. */
const increment = async (store: DocumentStore): Promise<void> => {
  for (;;) {
    const { fields, version } = await found(store, key('counter'));
    const outcome = await attempt(store, {
      expect: [at(key('counter'), version)],
      writes: [patch(key('counter'), { n: Number(fields.n) + 1 })],
    });
    if (outcome.result === 'committed') return;
    await turn();
  }
};

const rounds = 25;

/** What two clients can do to each other. */
export const concurrencyCases: readonly StoreCase[] = [
  {
    id: 'STORE-045',
    promise: 'a client that read before another wrote cannot overwrite it',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      await write(store, put(key('a'), { by: 'nobody' }));
      const mine = await found(store, key('a'));
      const theirs = await found(rival, key('a'));
      await commits(rival, {
        expect: [at(key('a'), theirs.version)],
        writes: [put(key('a'), { by: 'rival' })],
      });
      await conflicts(store, { expect: [at(key('a'), mine.version)], writes: [put(key('a'), { by: 'me' })] });
      assert.deepEqual(await fieldsOf(store, key('a')), { by: 'rival' });
    },
  },
  {
    id: 'STORE-046',
    promise: 'concurrent increments by compare-and-set add up exactly',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      await write(store, put(key('counter'), { n: 0 }));
      const loop = async (client: DocumentStore): Promise<void> => {
        for (let n = 0; n < rounds; n++) await increment(client);
      };
      await Promise.all([loop(store), loop(rival), loop(store), loop(rival)]);
      assert.deepEqual(await fieldsOf(store, key('counter')), { n: 4 * rounds });
    },
  },
  {
    id: 'STORE-047',
    promise: 'of many transactions that expect the same version at once, exactly one commits',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      let version = await write(store, put(key('a'), { n: 0 }));
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.all(
          [store, rival, store, rival, store, rival].map((client, n) =>
            attempt(client, { expect: [at(key('a'), version)], writes: [put(key('a'), { round, n })] }),
          ),
        );
        const winners = outcomes.filter((outcome) => outcome.result === 'committed');
        assert.equal(winners.length, 1, `${winners.length} of 6 committed`);
        const stored = await found(store, key('a'));
        assert.deepEqual(
          [stored.version],
          winners.map((winner) => winner.version),
        );
        version = stored.version;
      }
    },
  },
  {
    id: 'STORE-048',
    promise: 'two transactions cannot each change what the other one has read',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      for (let round = 0; round < 10; round++) {
        const [ann, bob] = [key(`ann-${round}`), key(`bob-${round}`)];
        const version = await write(store, put(ann, { onCall: true }), put(bob, { onCall: true }));
        const expect = [at(ann, version), at(bob, version)];
        const outcomes = await Promise.all([
          attempt(store, { expect, writes: [patch(ann, { onCall: false })] }),
          attempt(rival, { expect, writes: [patch(bob, { onCall: false })] }),
        ]);
        assert.deepEqual(outcomes.map((outcome) => outcome.result).sort(), ['committed', 'conflict']);
      }
    },
  },
  {
    id: 'STORE-049',
    promise: 'concurrent patches of different fields lose none of them',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      await write(store, put(key('a'), {}));
      const names = Array.from({ length: 40 }, (_, n) => `f${n}`);
      await Promise.all(
        names.map((name, n) => write(n % 2 === 0 ? store : rival, patch(key('a'), { [name]: n }))),
      );
      assert.deepEqual(
        await fieldsOf(store, key('a')),
        Object.fromEntries(names.map((name, n) => [name, n])),
      );
    },
  },
  {
    id: 'STORE-050',
    promise: 'get never sees half of a transaction',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      const twins = [key('left'), key('right', 'umbra')];
      await write(store, ...twins.map((twin) => put(twin, { n: 0 })));
      let writing = true;
      const reader = async (client: DocumentStore): Promise<void> => {
        for (let reads = 0; writing; reads++) {
          if (reads % 20 === 19) await turn();
          const [left, right] = await client.get(twins);
          assert.deepEqual(left?.fields, right?.fields);
          assert.equal(left?.version, right?.version);
        }
      };
      const writer = async (): Promise<void> => {
        for (let n = 1; n <= 100; n++) await write(store, ...twins.map((twin) => put(twin, { n })));
        writing = false;
      };
      await Promise.all([writer().finally(() => (writing = false)), reader(rival), reader(store)]);
    },
  },
  {
    id: 'STORE-051',
    promise: 'find never sees half of a transaction',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      const purse = (n: number, rank: number) => patch(key(`purse-${n}`), { rank });
      await write(store, ...[0, 1, 2, 3].map((n) => put(key(`purse-${n}`), { rank: 100 })));
      const query = { collection: 'things', tenant: 'acme', index: 'byRank', equals: [], limit: 10 };
      let writing = true;
      const reader = async (): Promise<void> => {
        for (let reads = 0; writing; reads++) {
          if (reads % 20 === 19) await turn();
          const ranks = (await rival.find(query)).documents.map((stored) => Number(stored.fields.rank));
          assert.equal(ranks.length, 4);
          assert.equal(
            ranks.reduce((sum, rank) => sum + rank, 0),
            400,
            `torn: ${ranks.join(' ')}`,
          );
        }
      };
      const writer = async (): Promise<void> => {
        for (let n = 1; n <= 100; n++)
          await write(
            store,
            purse(n % 4, 100 - n),
            purse((n + 1) % 4, 100 + n),
            purse((n + 2) % 4, 100),
            purse((n + 3) % 4, 100),
          );
      };
      await Promise.all([writer().finally(() => (writing = false)), reader()]);
    },
  },
  {
    id: 'STORE-052',
    promise: 'a claim by fields is won once, by any number of clients',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      const ids = Array.from({ length: 30 }, (_, n) => `task-${n}`);
      await write(store, ...ids.map((id) => put(key(id), { status: 'available', epoch: 0 })));
      const claim = (client: DocumentStore, by: string) =>
        client.commit(
          ids.map((id) => ({
            expect: [having(key(id), { status: 'available', epoch: 0, owner: null })],
            writes: [patch(key(id), { status: 'in-progress', epoch: 1, owner: by })],
          })),
        );
      const answers = await Promise.all([claim(store, 'ann'), claim(rival, 'bob'), claim(store, 'cyd')]);
      const owners = ['ann', 'bob', 'cyd'];
      for (const [n, id] of ids.entries()) {
        const winners = owners.filter((_, who) => answers[who]?.[n]?.result === 'committed');
        assert.equal(winners.length, 1, `${id} was claimed by ${winners.join(' and ') || 'nobody'}`);
        assert.equal((await fieldsOf(store, key(id)))?.owner, winners[0]);
      }
    },
  },
];
