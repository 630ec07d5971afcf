import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DocumentStore, isWaybillError, type Key, type Transaction } from '@waybill/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { openMongodbStore } from '../index.ts';
import { type Mischief, SimulatedReplicaSet } from '../simulated/simulated-replica-set.fixture.ts';

const key = (id: string): Key => ({ collection: 'things', tenant: 'acme', id });
const put = (id: string, n: number): Transaction['writes'][number] => ({
  kind: 'put',
  key: key(id),
  fields: { n },
});
const alone = (id: string, n: number): Transaction => ({ expect: [], writes: [put(id, n)] });
const both = (n: number): Transaction => ({ expect: [], writes: [put('a', n), put('b', n)] });

/** The labels are those of MongoDB's specification of transactions. */
const refusal = (code: number, ...errorLabels: string[]): Mischief => ({
  kind: 'refuse',
  answer: { ok: 0, code, errmsg: 'refused', errorLabels },
});
const transient = refusal(112, 'TransientTransactionError');
const unknown = refusal(50, 'UnknownTransactionCommitResult');

/**
 * By MongoDB's manual and specifications; not yet seen on a real replica set, where conformance runs as soon as one is
 * named by WAYBILL_TEST_MONGODB_URL or Docker answers.
 */
describe('on a simulated replica set', () => {
  let server: SimulatedReplicaSet;
  let store: DocumentStore;

  const values = async (...ids: readonly string[]): Promise<unknown[]> =>
    (await store.get(ids.map(key))).map((stored) => stored?.fields['n']);
  const outcome = async (...batch: readonly Transaction[]): Promise<string> => {
    try {
      return (await store.commit(batch)).map(({ result }) => result).join(' ');
    } catch (error) {
      return isWaybillError(error) ? error.code : String(error);
    }
  };
  /** What happens to the first requests of that name, one after the other. */
  const meet = (name: string, ...mischief: readonly Mischief[]): void => {
    const left = [...mischief];
    server.mischief = (asked) => (asked === name ? left.shift() : undefined);
  };
  const count = (name: string): number => server.seen.filter((each) => each === name).length;

  beforeAll(async () => {
    server = await SimulatedReplicaSet.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    store = await openMongodbStore({ url: server.url, database: randomUUID(), requestMs: 1_000 });
    await store.prepare([{ name: 'things', indexes: [{ name: 'byN', fields: ['n'] }] }]);
    await store.commit([both(0)]);
    server.seen.length = 0;
  });
  afterEach(async () => {
    server.mischief = () => undefined;
    await store.close();
  });

  test('the mode is found out by trying', () => {
    assert.equal(store.capabilities.atomicity, 'native');
  });

  test('a transaction of one document is one conditional write, and a batch of them one request', async () => {
    assert.equal(await outcome(alone('a', 1)), 'committed');
    const patches = ['a', 'b'].map(
      (id): Transaction => ({
        expect: [{ kind: 'fields', key: key(id), fields: { n: id === 'a' ? 1 : 0 } }],
        writes: [{ kind: 'patch', key: key(id), fields: { n: 2 } }],
      }),
    );
    assert.equal(await outcome(...patches), 'committed committed');
    const inserts = ['c', 'd', 'e'].map(
      (id): Transaction => ({
        expect: [{ kind: 'absent', key: key(id) }],
        writes: [put(id, 1)],
      }),
    );
    assert.equal(await outcome(...inserts), 'committed committed committed');
    assert.deepEqual(server.seen, ['update', 'update', 'insert']);
  });

  test('of a batch of conditional writes those that fail are told from those that hold', async () => {
    const patch = (id: string, n: number): Transaction => ({
      expect: [{ kind: 'fields', key: key(id), fields: { n } }],
      writes: [{ kind: 'patch', key: key(id), fields: { n: n + 1 } }],
    });
    assert.equal(
      await outcome(patch('a', 0), patch('b', 7), patch('missing', 0)),
      'committed conflict conflict',
    );
    assert.deepEqual(await values('a', 'b'), [1, 0]);
  });

  test('where a batch was overtaken before it was seen what of it was committed, it is in doubt', async () => {
    const patch = (id: string, n: number): Transaction => ({
      expect: [{ kind: 'fields', key: key(id), fields: { n } }],
      writes: [{ kind: 'patch', key: key(id), fields: { n: n + 1 } }],
    });
    // The read that follows finds what a rival has made of one of them.
    server.mischief = (name, command) => {
      if (name !== 'find' || command['find'] !== 'things') return undefined;
      const firstBatch = [{ _id: { tenant: 'acme', id: 'a' }, _waybill: { version: 4_711 } }];
      return { kind: 'refuse', answer: { ok: 1, cursor: { id: 0, ns: 'db.things', firstBatch } } };
    };
    assert.equal(await outcome(patch('a', 0), patch('b', 7)), 'WB_IN_DOUBT');
  });

  test('what is transient is tried again from the start, and happens once', async () => {
    meet('update', transient, transient);
    assert.equal(await outcome(both(1)), 'committed');
    assert.deepEqual(await values('a', 'b'), [1, 1]);
    assert.equal(count('abortTransaction'), 2);
  });

  test('a commit without a known result is asked for again, and not the transaction', async () => {
    meet('commitTransaction', unknown, unknown, unknown);
    assert.equal(await outcome(both(1)), 'committed');
    assert.equal(count('commitTransaction'), 4);
    assert.equal(count('abortTransaction'), 0);
    assert.deepEqual(await values('a', 'b'), [1, 1]);
  });

  test('a commit whose answer is lost is committed, once', async () => {
    meet('commitTransaction', { kind: 'lose the answer' });
    assert.equal(await outcome(both(1)), 'committed');
    assert.deepEqual(await values('a', 'b'), [1, 1]);
  });

  test('a commit that nobody confirms before the deadline is in doubt', async () => {
    server.mischief = (name) => (name === 'commitTransaction' ? unknown : undefined);
    const started = performance.now();
    assert.equal(await outcome(both(1)), 'WB_IN_DOUBT');
    assert.ok(performance.now() - started < 2_500);
  });

  test('a single write whose answer is lost is in doubt, and is not sent again', async () => {
    meet('update', { kind: 'lose the answer' });
    assert.equal(await outcome(alone('a', 1)), 'WB_IN_DOUBT');
    assert.equal(count('update'), 1);
    server.mischief = () => undefined;
    assert.deepEqual(await values('a'), [1]);
  });

  test('a primary that has stepped down has done nothing', async () => {
    meet('update', refusal(10107));
    assert.equal(await outcome(alone('a', 1)), 'WB_CONNECTION');
    assert.deepEqual(await values('a'), [0]);
  });

  test('what a transaction only reads is written to, so that no other one overlooks it', async () => {
    const skewed = (reads: string, writes: string): Transaction => ({
      expect: [{ kind: 'fields', key: key(reads), fields: { n: 0 } }],
      writes: [{ kind: 'patch', key: key(writes), fields: { n: 1 } }],
    });
    const [first, second] = await Promise.all([outcome(skewed('a', 'b')), outcome(skewed('b', 'a'))]);
    assert.deepEqual([first, second].sort(), ['committed', 'conflict']);
    const version = (await store.get([key('a')]))[0]?.version;
    await outcome({ expect: [{ kind: 'absent', key: key('x') }], writes: [put('c', 1)] });
    assert.deepEqual(await values('x', 'c'), [undefined, 1]);
    assert.equal((await store.get([key('a')]))[0]?.version, version, 'a read changed a version');
  });

  test('two transactions that each saw a query give nothing cannot both fill it', async () => {
    for (let n = 10; n < 40; n++) {
      const query = {
        collection: 'things',
        tenant: 'acme',
        index: 'byN',
        equals: [],
        range: { min: n, max: n },
        limit: 9,
      };
      const fill = (id: string): Transaction => ({
        expect: [{ kind: 'range', query, seen: [] }],
        writes: [put(`${id}${n}`, n)],
      });
      const outcomes = await Promise.all([outcome(fill('a')), outcome(fill('b'))]);
      assert.deepEqual(outcomes.sort(), ['committed', 'conflict']);
    }
  });
});
