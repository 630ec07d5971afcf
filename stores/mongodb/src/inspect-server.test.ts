import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ConfigError } from '@waybill/core';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { mongodbStore, mongodbStoreOptions, openMongodbStore } from './index.ts';
import { SimulatedReplicaSet } from './simulated/simulated-replica-set.fixture.ts';

describe('a server that would break a promise is refused at start:', () => {
  let server: SimulatedReplicaSet;
  beforeAll(async () => {
    server = await SimulatedReplicaSet.start();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.mischief = () => undefined;
  });

  const says = (name: string, answer: Record<string, unknown>): void => {
    server.mischief = (asked) =>
      asked === name ? { kind: 'refuse', answer: { ok: 1, ...answer } } : undefined;
  };
  const refuses = async (finding: string, options: Record<string, unknown> = {}): Promise<void> => {
    const opening = openMongodbStore({
      url: server.url,
      database: randomUUID(),
      requestMs: 2_000,
      ...options,
    });
    const error: unknown = await opening.then(
      () => assert.fail(`${finding} was not refused`),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.facts['finding'], finding);
    assert.ok(error.fix !== undefined);
  };
  const inspect = (options: object) =>
    mongodbStore.inspect(
      mongodbStoreOptions.parse({ url: server.url, database: randomUUID(), requestMs: 1_000, ...options }),
    );

  test('a url that asks for less than a majority, the primary, or a journal', async () => {
    for (const weak of ['w=1', 'w=0', 'journal=false', 'readPreference=secondary', 'readConcernLevel=local'])
      await refuses('mongodb.weak-url', { url: `${server.url}&${weak}` });
  });

  test('an old server', async () => {
    says('buildInfo', { version: '4.4.29', gitVersion: 'x' });
    await refuses('mongodb.version');
  });

  test('one that keeps its documents in memory only', async () => {
    says('serverStatus', { storageEngine: { name: 'inMemory', persistent: false } });
    await refuses('mongodb.memory');
  });

  test('one without transactions, where they are demanded', async () => {
    says('insert', {
      ok: 0,
      code: 20,
      codeName: 'IllegalOperation',
      errmsg: 'Transaction numbers are only allowed',
    });
    await refuses('mongodb.journaled', { atomicity: 'native' });
  });

  test('a database that was begun in the other mode', async () => {
    const database = randomUUID();
    await (await openMongodbStore({ url: server.url, database, atomicity: 'journaled' })).close();
    await refuses('mongodb.atomicity', { database });
    await (await openMongodbStore({ url: server.url, database, atomicity: 'journaled' })).close();
  });

  test('what a server is and can do is told by name, version and mode', async () => {
    assert.deepEqual(await inspect({}), {
      server: 'MongoDB 8.0.0, replica set simulated, native',
      findings: [],
    });
    assert.deepEqual(await inspect({ atomicity: 'journaled' }), {
      server: 'MongoDB 8.0.0, replica set simulated, journaled',
      findings: [],
    });
  });

  test('a server that takes transactions apart is found out, however well it speaks', async () => {
    // It carries out every write of a transaction at once, as servers do that know no transactions.
    server.mischief = (_, command) => {
      delete command['autocommit'];
      return undefined;
    };
    const { server: name, findings } = await inspect({});
    assert.match(name, /journaled$/);
    assert.deepEqual(
      findings.map(({ level, code }) => [level, code]),
      [['warn', 'mongodb.journaled']],
    );
  });

  test('a server that only looks for a primary just now is not taken for one without transactions', async () => {
    says('insert', { ok: 0, code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' });
    await assert.rejects(inspect({}), { code: 'WB_CONNECTION' });
  });
});
