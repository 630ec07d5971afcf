import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'vitest';
import { startOwnRedisCluster } from '../services/redis-cluster.ts';
import { ask } from '../services/redis-process.ts';
import { startOwnRedisSentinels } from '../services/redis-sentinels.ts';
import { describeService } from '../services/vitest.ts';
import { Marking, numbered, requestMs } from '../marking.fixture.ts';

/** What was done before stays done, and what follows is done once, by whichever server has taken over. */
const goesOn = async (redis: object, replica: string, kill: () => Promise<void>): Promise<void> => {
  const section = { use: 'redis', requestMs, ...redis };
  const marking = await Marking.open({ store: section, broker: section, channel: section });
  await marking.work();
  const [before, after] = [numbered('before', 50), numbered('after', 50)];
  await marking.submit(before);
  await marking.done(before, 10_000);
  await pause(500); // the replica has it all by now; without, it might lack the last
  await kill();
  await marking.submit(after);
  await marking.done(after, 20_000);
  assert.deepEqual([...new Set(await marking.times([...before, ...after]))], [1]);
  const { port } = new URL(replica);
  assert.match(await ask({ host: '127.0.0.1', port: Number(port) }, ['ROLE']), /master/);
};

await describeService('Redis Sentinel', startOwnRedisSentinels, ({ urls, name, master, replica }) => {
  test('a deployment goes on when the master has died', { timeout: 60_000 }, () =>
    goesOn({ sentinels: urls, master: name, namespace: randomUUID() }, replica.url, () => master.kill()),
  );
});

await describeService('a Redis Cluster', startOwnRedisCluster, ({ masters, replica }) => {
  test('a deployment goes on when its master has died', { timeout: 60_000 }, async () => {
    const [first, second] = masters;
    assert.ok(first && second);
    const isAtFirst = async (namespace: string): Promise<boolean> =>
      Number(/\d+/.exec(await ask(first, ['CLUSTER', 'KEYSLOT', `{${namespace}}`]))?.[0]) < 5_461;
    let namespace: string;
    do namespace = randomUUID();
    while (!(await isAtFirst(namespace)));
    await goesOn({ cluster: [second.url], namespace }, replica.url, () => first.kill());
  });
});
