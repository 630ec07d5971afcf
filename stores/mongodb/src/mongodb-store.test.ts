import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { DocumentStore, Fields, IndexSpec, Key, Query } from '@waybill/core';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import { type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { openMongodbStore } from './index.ts';
import { filtersOf } from './find-filter.ts';
import { pathsOf } from './index-definition.ts';
import { indexQuery } from './index-query.ts';

const key = (id: string): Key => ({ collection: 'orders', tenant: 'acme', id });
const byState: IndexSpec = { name: 'byState', fields: ['state', 'rank'] };
const byRank: IndexSpec = { name: 'byRank', fields: ['rank'], acrossTenants: true };

/** What people who know MongoDB expect of the documents in it. */
await describeService('MongoDB', startService, ({ url }) => {
  let store: DocumentStore;
  let client: MongoClient;
  let db: Db;

  beforeAll(async () => {
    client = await MongoClient.connect(url);
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    const database = randomUUID();
    db = client.db(database);
    store = await openMongodbStore({ url, database, requestMs: 20_000 });
    await store.prepare([{ name: 'orders', indexes: [byState, byRank] }]);
  });
  afterEach(() => store.close());

  const put = async (id: string, fields: Fields): Promise<void> => {
    const [outcome] = await store.commit([{ expect: [], writes: [{ kind: 'put', key: key(id), fields }] }]);
    assert.equal(outcome?.result, 'committed');
  };
  const fieldsOf = async (id: string): Promise<unknown> => (await store.get([key(id)]))[0]?.fields;
  const raw = (id: string): Promise<Document | null> =>
    db.collection<Document>('orders').findOne({ _id: { tenant: 'acme', id } as never });

  test('a document is one document, its fields at the top level, its instants dates', async () => {
    const fields = {
      state: 'open',
      placedAt: '2026-11-21T08:00:00.000Z',
      lines: [{ sku: 'a', dueAt: '1999-12-31T23:59:59.999Z' }],
    };
    await put('o1', fields);
    const { _waybill, ...found } = (await raw('o1')) ?? {};
    assert.deepEqual(found, {
      _id: { tenant: 'acme', id: 'o1' },
      state: 'open',
      placedAt: new Date('2026-11-21T08:00:00.000Z'),
      lines: [{ sku: 'a', dueAt: new Date('1999-12-31T23:59:59.999Z') }],
    });
    assert.equal(typeof _waybill.version, 'number');
    assert.deepEqual(await fieldsOf('o1'), fields);
    assert.equal(
      await db.collection('orders').countDocuments({ placedAt: { $gte: new Date('2026-01-01') } }),
      1,
    );
  });

  test('what only looks like an instant stays text', async () => {
    const fields = {
      a: '2026-11-21',
      b: '2026-11-21T08:00:00Z',
      c: '2026-02-30T08:00:00.000Z',
      d: '+012026-11-21T08:00:00.000Z',
    };
    await put('o1', fields);
    const { _id, _waybill, ...found } = (await raw('o1')) ?? {};
    assert.deepEqual(found, fields);
  });

  test('instants are found among other texts, in the order of their texts', async () => {
    const ranks = [
      '2025',
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.001Z',
      '2026-01-02',
      '2027-01-01T00:00:00.000Z',
      'z',
      7,
    ];
    for (const [n, rank] of ranks.entries()) await put(`o${n}`, { state: 'open', rank });
    const query: Query = {
      collection: 'orders',
      tenant: 'acme',
      index: 'byState',
      equals: ['open'],
      limit: 10,
    };
    const found = async (more: Partial<Query>): Promise<unknown[]> =>
      (await store.find({ ...query, ...more })).documents.map(({ fields }) => fields['rank']);
    const inOrder = [7, ...ranks.slice(0, -1)];
    assert.deepEqual(await found({}), inOrder);
    assert.deepEqual(await found({ order: 'desc' }), inOrder.toReversed());
    assert.deepEqual(await found({ range: { min: '2026', max: '2026-01-02' } }), ranks.slice(1, 4));
    assert.deepEqual(await found({ range: { min: '2026-01-01T00:00:00.001Z' } }), ranks.slice(2, 6));
    assert.equal((await store.find({ ...query, total: true })).total, 7);
    for (const order of ['asc', 'desc'] as const) {
      const pages: unknown[] = [];
      for (let after: string | undefined, done = false; !done; ) {
        const page = await store.find({
          ...query,
          order,
          limit: 2,
          ...(after === undefined ? {} : { after }),
        });
        pages.push(...page.documents.map(({ fields }) => fields['rank']));
        after = page.next;
        done = after === undefined;
      }
      assert.deepEqual(pages, order === 'asc' ? inOrder : inOrder.toReversed());
    }
  });

  test('operators, paths and names of the driver in documents are data', async () => {
    const fields = {
      $where: 'sleep(1)',
      'a.b': { $set: { c: 1 }, 'd.e': 2 },
      _id: 'mine',
      _waybill: { version: 1 },
      nested: { _bsontype: 'ObjectId', $oid: 'x', $ref: 'x', $id: 'y', _id: 1 },
      '50%': ['%', { '%24': 1 }],
      '': '',
    };
    await put('o1', fields);
    await store.commit([
      {
        expect: [{ kind: 'fields', key: key('o1'), fields: { $where: 'sleep(1)', _id: 'mine' } }],
        writes: [{ kind: 'patch', key: key('o1'), fields }],
      },
    ]);
    assert.deepEqual(await fieldsOf('o1'), fields);
    const found = await raw('o1');
    assert.deepEqual(
      [found?.['%24where'], found?.['a%2Eb'], found?.['50%25']],
      ['sleep(1)', { '%24set': { c: 1 }, 'd%2Ee': 2 }, ['%', { '%2524': 1 }]],
    );
    const [outcome] = await store.commit([
      { expect: [{ kind: 'fields', key: key('o1'), fields: { state: { $ne: 1 } as never } }], writes: [] },
    ]);
    assert.equal(outcome?.result, 'conflict');
  });

  test('indexes of others are welcome', async () => {
    await db.collection('orders').createIndex({ placedAt: 1 }, { expireAfterSeconds: 3_600 });
    await store.prepare([{ name: 'orders', indexes: [{ name: 'byPlacedAt', fields: ['placedAt'] }] }]);
    await put('o1', { number: 1 });
    assert.deepEqual(await fieldsOf('o1'), { number: 1 });
  });

  test('a unique index of others is kept, or refused where a journal could not keep it', async () => {
    await db.collection('orders').createIndex({ number: 1 }, { unique: true, sparse: true });
    if (store.capabilities.atomicity === 'journaled') {
      await assert.rejects(store.prepare([{ name: 'orders' }]), { code: 'WB_CONFIG' });
      return;
    }
    await put('o1', { number: 1 });
    const outcomes = await store.commit(
      ['o2', 'o3'].map((id, n) => ({
        expect: [],
        writes: [{ kind: 'put', key: key(id), fields: { number: n + 1 } }],
      })),
    );
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['conflict', 'committed'],
    );
  });

  test('what others have written is read as far as JSON goes, and changed by its version', async () => {
    await put('o1', { state: 'open' });
    const { ObjectId, Decimal128, Long } = await import('mongodb');
    const id = new ObjectId();
    await db
      .collection('orders')
      .updateOne(
        { '_id.id': 'o1' },
        { $set: { ref: id, price: Decimal128.fromString('9.90'), count: Long.fromNumber(5) } },
      );
    assert.deepEqual(await fieldsOf('o1'), { state: 'open', ref: id.toHexString(), price: '9.90', count: 5 });
    await db
      .collection<Document>('orders')
      .insertOne({ _id: { tenant: 'acme', id: 'o2' } as never, state: 'open' });
    await assert.rejects(store.get([key('o2')]), { code: 'WB_PAYLOAD' });
  });

  test('every query is served by its index', async () => {
    for (let n = 0; n < 40; n++) await put(`o${n}`, { state: n % 2 === 0 ? 'open' : 'closed', rank: n });
    const plain: Query = {
      collection: 'orders',
      tenant: 'acme',
      index: 'byState',
      equals: ['open'],
      limit: 5,
    };
    const { tenant: _, ...across }: Query = { ...plain, index: 'byRank', equals: [] };
    const queries: readonly (readonly [Query, IndexSpec])[] = [
      [plain, byState],
      [{ ...plain, range: { min: 3, max: 9 } }, byState],
      [{ ...plain, range: { max: 9 }, order: 'desc' }, byState],
      [{ ...across, range: { min: 3, max: 9 } }, byRank],
    ];
    for (const [query, spec] of queries) {
      const { next } = await store.find(query);
      for (const after of [undefined, next]) {
        const asked = indexQuery({ ...query, ...(after === undefined ? {} : { after }) }, spec);
        const direction = asked.order === 'asc' ? 1 : -1;
        for (const filter of filtersOf(asked, asked.after)) {
          const plan = await db
            .collection('orders')
            .find(filter, { sort: new Map(pathsOf(spec).map((path) => [path, direction])), limit: 5 })
            .explain('queryPlanner');
          const text = JSON.stringify(plan);
          assert.match(text, /IXSCAN|Index Scan/, text);
          assert.doesNotMatch(text, /COLLSCAN|Seq Scan/, text);
        }
      }
    }
  });
});
