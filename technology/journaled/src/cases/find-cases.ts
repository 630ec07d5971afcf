import assert from 'node:assert/strict';
import { PayloadError } from '@waybill/core';
import type { DocumentsCase } from './documents-case.ts';
import {
  create,
  done,
  idsOf,
  indexes,
  intentOf,
  key,
  put,
  query,
  remove,
  rivalOf,
  stocked,
  things,
  update,
} from './notation.ts';

/** What is found, and read. */
export const findCases: readonly DocumentsCase[] = [
  {
    id: 'SINGLE-020',
    promise: 'a read answers in the order asked, also what is not there and what is asked twice',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 1, { fields: {} }), create('b', 2));
      const found = await documents.read([key('b'), key('none'), key('a'), key('b'), key('a', 'umbra')]);
      assert.deepEqual(
        found.map((document) => document?.stamp),
        [2, undefined, 1, 2, undefined],
      );
      assert.deepEqual(await documents.read([]), []);
    },
  },
  {
    id: 'SINGLE-021',
    promise: 'an index holds what is committed, not what is intended, and no tombstone',
    async check(world) {
      const documents = await stocked(world);
      await done(
        documents,
        create('a', 1, { fields: { rank: 1 }, intent: intentOf(5, put({ rank: 9 })) }),
        create('b', 1, { version: 0, intent: intentOf(5, put({ rank: 2 })) }),
        create('c', 1, { fields: { rank: 3 }, intent: intentOf(5, { kind: 'delete' }) }),
        create('d', 1, { fields: { rank: 4 } }),
        create('e', 1, { fields: { rank: 'text' } }),
        create('f', 1, { fields: { rank: null } }),
        create('g', 1),
      );
      assert.deepEqual(await idsOf(documents, query()), ['a', 'c', 'd', 'e']);
      await done(
        documents,
        update('d', [1, 2], { change: { kind: 'delete' } }),
        update('a', [1, 2], { change: put({ rank: 9 }) }),
      );
      assert.deepEqual(await idsOf(documents, query()), ['c', 'a', 'e']);
      assert.deepEqual((await documents.find(query())).documents[0]?.intent, intentOf(5, { kind: 'delete' }));
    },
  },
  {
    id: 'SINGLE-022',
    promise: 'an index gives its order, its range, its page and its count',
    async check(world) {
      const documents = await stocked(world);
      const ranks = [-1.5, 2, 10, 'a', 'b', '\uffff', '\u{1f600}'];
      await done(
        documents,
        ...ranks.map((rank, n) => create(`r${n}`, 1, { fields: { rank, group: 'g' } })),
        create('r1b', 1, { fields: { rank: 2, group: 'h' } }),
        {
          kind: 'create',
          document: { key: key('other', 'umbra'), stamp: 1, version: 1, fields: { rank: 3 } },
        },
      );
      const all = ['r0', 'r1', 'r1b', 'r2', 'r3', 'r4', 'r5', 'r6'];
      assert.deepEqual(await idsOf(documents, query()), all);
      assert.deepEqual(await idsOf(documents, query({ order: 'desc' })), all.toReversed());
      assert.deepEqual(await idsOf(documents, query({ range: { min: 2, max: 'a' } })), [
        'r1',
        'r1b',
        'r2',
        'r3',
      ]);
      const page = await documents.find(query({ range: { min: 2 }, limit: 2, total: true }));
      assert.deepEqual([page.documents.length, page.total], [2, 7]);
      const after = { value: 2, tenant: 'acme', id: 'r1a' };
      assert.deepEqual(await idsOf(documents, query({ after, limit: 2 })), ['r1b', 'r2']);
      assert.deepEqual(await idsOf(documents, query({ after, order: 'desc' })), ['r1', 'r0']);
      const inGroup = query({ index: indexes.byGroupAndRank, equals: ['g'], range: { max: 10 } });
      assert.deepEqual(await idsOf(documents, inGroup), ['r0', 'r1', 'r2']);
      assert.deepEqual(
        await idsOf(documents, query({ index: indexes.everywhere, range: { min: 2, max: 3 } })),
        ['r1', 'r1b', 'other'],
      );
      assert.deepEqual(await idsOf(documents, query({ limit: 0 })), []);
    },
  },
  {
    id: 'SINGLE-023',
    promise: 'intents and tombstones are found, and nothing else with them',
    async check(world) {
      const documents = await stocked(world);
      const find = (kind: 'intents' | 'tombstones', limit = 100) =>
        idsOf(documents, { kind, collection: things.name, limit });
      await done(
        documents,
        create('plain', 1, { fields: { rank: 1 } }),
        create('held', 1, { fields: {}, intent: intentOf(5, put({})) }),
        create('begun', 1, { version: 0, intent: intentOf(5, put({})) }),
        create('dead', 1),
      );
      assert.deepEqual((await find('intents')).sort(), ['begun', 'held']);
      assert.deepEqual(await find('tombstones'), ['dead']);
      assert.equal((await find('intents', 1)).length, 1);
      await done(
        documents,
        update('held', [1, 2]),
        update('begun', [1, 2]),
        update('plain', [1, 2], { change: { kind: 'delete' } }),
        remove('dead', 1),
      );
      assert.deepEqual(await find('intents'), []);
      assert.deepEqual((await find('tombstones')).sort(), ['begun', 'plain']);
    },
  },
  {
    id: 'SINGLE-024',
    promise: 'an intent that is placed or taken away hides its document from no index',
    async check(world) {
      const documents = await stocked(world);
      const rival = await rivalOf(world);
      const ids = Array.from({ length: 50 }, (_, n) => `${n}`);
      await done(documents, ...ids.map((id, rank) => create(id, 1, { fields: { rank } })));
      let isWriting = true;
      const write = async (): Promise<void> => {
        for (let stamp = 1; stamp < 40; stamp++) {
          const rest = stamp % 2 === 1 ? { intent: intentOf(stamp, put({ rank: -1 })) } : {};
          await done(rival, ...ids.map((id) => update(id, [stamp, stamp + 1], rest)));
        }
      };
      const look = async (): Promise<void> => {
        while (isWriting) assert.equal((await documents.find(query())).documents.length, ids.length);
      };
      await Promise.all([write().finally(() => (isWriting = false)), look()]);
    },
  },
  {
    id: 'SINGLE-025',
    promise:
      'collections are declared again and added to at will; another index of a name that is taken is refused',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 1, { fields: { rank: 1, size: 2 } }));
      const bySize = { name: 'bySize', fields: ['size'] } as const;
      await Promise.all([
        documents.prepare([things, { name: 'waybill.other' }]),
        (await rivalOf(world)).prepare([{ name: things.name, indexes: [bySize] }]),
      ]);
      await documents.prepare([{ name: things.name, indexes: [bySize] }]);
      assert.deepEqual(await idsOf(documents, query({ index: bySize })), ['a']);
      const changed = { name: things.name, indexes: [{ name: 'byRank', fields: ['size'] as const }] };
      await assert.rejects(documents.prepare([changed]), PayloadError);
    },
  },
  {
    id: 'SINGLE-026',
    promise: 'what is answered is seen by every client, and the clock is near ours',
    async check(world) {
      const documents = await stocked(world);
      const rival = await rivalOf(world);
      for (let n = 1; n <= 10; n++) {
        const [writer, reader] = n % 2 === 0 ? [documents, rival] : [rival, documents];
        await done(writer, create(`${n}`, n, { fields: { rank: n } }));
        assert.equal((await reader.read([key(`${n}`)]))[0]?.stamp, n);
        assert.deepEqual(await idsOf(reader, query({ range: { min: n } })), [`${n}`]);
      }
      assert.ok(Math.abs((await documents.now()) - Date.now()) < 300_000);
    },
  },
];
