import assert from 'node:assert/strict';
import type { DocumentStore } from '@waybill/core';
import { refuses } from '../refusal.ts';
import { eventually, within } from '../time.ts';
import {
  absent,
  attempt,
  commits,
  conflicts,
  fieldsOf,
  key,
  put,
  read,
  remove,
  rivalOf,
  stocked,
  things,
  write,
} from './documents.ts';
import { byRank, find } from './queries.ts';
import { durable, type StoreCase } from './store-case.ts';

const everyCall = (store: DocumentStore): Record<string, () => Promise<unknown>> => ({
  prepare: () => store.prepare([things]),
  get: () => store.get([key('a')]),
  find: () => store.find(byRank()),
  commit: () => store.commit([{ expect: [], writes: [put(key('a'), {})] }]),
  'get of nothing': () => store.get([]),
  'commit of nothing': () => store.commit([]),
  now: () => store.now(),
});

/** Opening, preparing, the clock and closing. */
export const lifecycleCases: readonly StoreCase[] = [
  {
    id: 'STORE-103',
    promise: 'a new namespace is empty, and two namespaces do not see each other',
    async check(world) {
      const first = await stocked(world);
      await write(first, put(key('a'), { rank: 1 }));
      const second = await stocked(world);
      assert.equal(await read(second, key('a')), undefined);
      assert.deepEqual(await find(second, byRank()), []);
      await write(second, put(key('a'), { rank: 2 }));
      assert.deepEqual(await fieldsOf(first, key('a')), { rank: 1 });
    },
  },
  {
    id: 'STORE-104',
    promise: 'declaring a collection again changes nothing',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('a'), { rank: 1 }));
      await store.prepare([things]);
      await store.prepare([things, things]);
      await store.prepare([]);
      await store.prepare([{ name: things.name }]);
      assert.deepEqual(await read(store, key('a')), { key: key('a'), version, fields: { rank: 1 } });
      assert.deepEqual(await find(store, byRank()), ['a']);
    },
  },
  {
    id: 'STORE-105',
    promise: 'a collection may be declared by several callers and clients at once',
    async check(world) {
      const store = await world.fresh();
      const rival = await world.another();
      await Promise.all(
        [store, rival, store, rival].map((client) => client.prepare([things, { name: 'others' }])),
      );
      await write(store, put(key('a'), { rank: 1 }), put(key('a', 'acme', 'others'), {}));
      assert.deepEqual(await find(rival, byRank()), ['a']);
    },
  },
  {
    id: 'STORE-106',
    promise: 'an index that is declared later covers the documents that are there, and all others stay',
    async check(world) {
      const store = await stocked(world);
      const ids = Array.from({ length: 300 }, (_, n) => `d${String(n).padStart(3, '0')}`);
      await write(
        store,
        ...ids.map((id, n) => put(key(id), { rank: n, size: 300 - n })),
        put(key('x'), { rank: 999 }),
      );
      await store.prepare([{ name: things.name, indexes: [{ name: 'bySize', fields: ['size'] }] }]);
      const bySize = byRank({ index: 'bySize', limit: 1_000 });
      assert.deepEqual(await find(store, bySize), ids.toReversed());
      await write(store, put(key('new'), { rank: -1, size: 0 }), remove(key('d299')));
      assert.deepEqual(await find(store, bySize), ['new', ...ids.slice(0, -1).toReversed()]);
      assert.deepEqual(await find(store, byRank({ limit: 1 })), ['new']);
    },
  },
  {
    id: 'STORE-107',
    promise: 'what one client declared and committed is there for another as soon as it is answered',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      for (let n = 0; n < 20; n++) {
        const [writer, reader] = n % 2 === 0 ? [store, rival] : [rival, store];
        const version = await write(writer, put(key('a'), { rank: n }));
        assert.deepEqual(await read(reader, key('a')), { key: key('a'), version, fields: { rank: n } });
        assert.deepEqual(await find(reader, byRank({ range: { min: n, max: n } })), ['a']);
      }
      await write(store, remove(key('a')));
      await commits(rival, { expect: [absent(key('a'))] });
    },
  },
  {
    id: 'STORE-108',
    promise: 'the clock is in milliseconds, near ours, moves on and never goes back',
    async check(world) {
      const store = await world.fresh();
      const rival = await world.another();
      const started = await store.now();
      assert.ok(Number.isFinite(started), `${started}`);
      assert.ok(Math.abs(started - Date.now()) < 300_000, `the clock says ${started}, ours ${Date.now()}`);
      let last = started;
      await eventually('the clock to move on by 20 ms', async () => {
        const now = await store.now();
        assert.ok(now >= last, `the clock went from ${last} back to ${now}`);
        last = now;
        return now >= started + 20;
      });
      assert.ok(Math.abs((await rival.now()) - (await store.now())) < 2_000, 'two clients have two clocks');
    },
  },
  {
    id: 'STORE-109',
    promise: 'a client can be closed twice, at once or one after the other',
    async check(world) {
      const store = await stocked(world);
      await Promise.all([store.close(), store.close()]);
      await store.close();
      const unused = await world.fresh();
      await unused.close();
    },
  },
  {
    id: 'STORE-110',
    promise: 'every call after close is refused as such',
    async check(world) {
      const store = await stocked(world);
      await store.close();
      for (const [name, call] of Object.entries(everyCall(store))) await refuses('WB_CLOSED', name, call);
    },
  },
  {
    id: 'STORE-111',
    promise: 'closing lets calls in flight settle, and what they answered is true',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      const ids = Array.from({ length: 50 }, (_, n) => `id-${n}`);
      const answers = ids.map((id) => attempt(store, { writes: [put(key(id), {})] }));
      const settled = Promise.allSettled(answers);
      await within(5_000, 'close', store.close());
      const outcomes = await within(1_000, 'the calls in flight', settled);
      const stored = await rival.get(ids.map((id) => key(id)));
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome.status === 'fulfilled') assert.ok(stored[n], `${ids[n]} was answered and is not there`);
        else await refuses('WB_CLOSED', `${ids[n]}`, () => Promise.reject(outcome.reason));
      }
    },
  },
  {
    id: 'STORE-112',
    promise: 'closing one client leaves the others open',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      await rival.close();
      await write(store, put(key('a'), { n: 1 }));
      assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
    },
  },
  {
    id: 'STORE-113',
    promise: 'committed documents, their versions and indexes outlive the client',
    needs: [durable],
    async check(world) {
      const first = await stocked(world);
      const version = await write(first, put(key('a'), { rank: 1 }), put(key('b'), { rank: 2 }));
      await write(first, remove(key('b')));
      await first.close();
      const second = await rivalOf(world);
      assert.deepEqual(await read(second, key('a')), { key: key('a'), version, fields: { rank: 1 } });
      assert.deepEqual(await find(second, byRank()), ['a']);
      await conflicts(second, { expect: [absent(key('a'))] });
      const again = await write(second, put(key('b'), { rank: 3 }));
      assert.notEqual(again, version, 'a version came back after a restart');
      await second.close();
    },
  },
  {
    id: 'STORE-114',
    promise: 'the capabilities are those declared, and each client has the same',
    async check(world) {
      const store = await world.fresh();
      const rival = await world.another();
      assert.deepEqual({ ...store.capabilities }, { ...world.capabilities });
      assert.deepEqual({ ...rival.capabilities }, { ...world.capabilities });
      const { atomicity, durability, shared, rangeValidation } = store.capabilities;
      assert.ok(
        ['native', 'journaled'].includes(atomicity) && ['none', 'process', 'disk'].includes(durability),
      );
      assert.ok(typeof shared === 'boolean' && typeof rangeValidation === 'boolean');
    },
  },
];
