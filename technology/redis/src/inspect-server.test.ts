import assert from 'node:assert/strict';
import { isWaybillError } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, test } from 'vitest';
import { z } from 'zod';
import { connectionOptions, inspectOptions, inspectServer, RedisConnection, refuseUnsafe } from './index.ts';

const schema = z.strictObject(connectionOptions);

await describeService('a Redis of its own', startOwnRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  const options = schema.parse({ url: service.url });
  const set = async (name: string, value: string): Promise<void> => {
    assert.match(await ask(address, ['CONFIG', 'SET', name, value]), /^\+OK/);
  };
  const find = async (keeps: Parameters<typeof inspectOptions>[1]) =>
    (await inspectOptions(options, keeps)).findings.map(({ level, code, fix }) => ({ level, code, fix }));

  afterEach(async () => {
    await set('maxmemory-policy', 'noeviction');
    await set('appendonly', 'yes');
    await set('appendfsync', 'always');
    await ask(address, ['REPLICAOF', 'NO', 'ONE'], ['ACL', 'DELUSER', 'modest']);
  });

  test('a server set up for it is what it says, and nothing is found', async () => {
    const { server, findings } = await inspectOptions(options, 'documents');
    assert.match(server, /^(Redis|Valkey) \d+\.\d+/);
    assert.deepEqual(findings, []);
  });

  test('a server that evicts is refused for documents, and warned of otherwise', async () => {
    await set('maxmemory-policy', 'allkeys-lru');
    const finding = { code: 'redis.eviction', fix: 'CONFIG SET maxmemory-policy noeviction' };
    assert.deepEqual(await find('documents'), [{ level: 'refuse', ...finding }]);
    assert.deepEqual(await find('tickets'), [{ level: 'warn', ...finding }]);
    const inspection = await inspectOptions(options, 'documents');
    assert.throws(
      () => refuseUnsafe(inspection),
      (error) => isWaybillError(error) && error.code === 'WB_CONFIG' && error.fix === finding.fix,
    );
  });

  test('a server without an append-only file is warned of, except for tickets', async () => {
    await set('appendonly', 'no');
    const finding = { level: 'warn', code: 'redis.no-aof', fix: 'CONFIG SET appendonly yes' };
    assert.deepEqual(await find('documents'), [finding]);
    assert.deepEqual(await find('messages'), [finding]);
    assert.deepEqual(await find('tickets'), []);
  });

  test('how much a write survives is what the append-only file says', async () => {
    const durability = async (): Promise<string> => {
      const redis = await RedisConnection.open(options);
      try {
        return (await inspectServer(redis, 'documents')).durability;
      } finally {
        await redis.close();
      }
    };
    assert.equal(await durability(), 'disk');
    await set('appendfsync', 'everysec');
    assert.equal(await durability(), 'process');
    const finding = { level: 'warn', code: 'redis.appendfsync', fix: 'CONFIG SET appendfsync always' };
    assert.deepEqual(await find('documents'), [finding]);
    await set('appendonly', 'no');
    assert.equal(await durability(), 'process');
  });

  test('a replica is refused', async () => {
    await ask(address, ['REPLICAOF', '127.0.0.1', '1']);
    const [finding] = await find('tickets');
    assert.deepEqual([finding?.level, finding?.code], ['refuse', 'redis.replica']);
  });

  test('a user who may not read the configuration is believed to have the default one', async () => {
    await ask(address, ['ACL', 'SETUSER', 'modest', 'on', '>secret', '~*', '&*', '+@all', '-config']);
    const url = service.url.replace('//', '//modest:secret@');
    const { findings } = await inspectOptions(schema.parse({ url }), 'documents');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['redis.appendfsync'],
    );
  });
});
