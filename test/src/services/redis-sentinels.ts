import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { ask, isUpAt, startRedisProcess } from './redis-process.ts';
import { startOwnRedis } from './redis.ts';
import type { OwnService } from './service.ts';

/** A master, its replica, and three sentinels that watch over them; started by the tests themselves. */
export interface OwnRedisSentinels {
  readonly urls: readonly string[];
  /** Under which name the sentinels know the master. */
  readonly name: string;
  readonly master: OwnService;
  readonly replica: OwnService;
  readonly server: string;
  stop(): Promise<void>;
}

const name = 'waybill';
const sentinelCount = 3;
/** How long the master may be silent until the sentinels give it up. */
const downAfterMs = 500;

/** Throws a `MissingService` if `redis-server` is not installed. */
export const startOwnRedisSentinels = async (): Promise<OwnRedisSentinels> => {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((one) => one.stop())));
  const keep = <T extends { stop(): Promise<void> }>(service: T): T => {
    started.push(service);
    return service;
  };
  try {
    const master = keep(await startOwnRedis({ args: atOnce }));
    const port = new URL(master.url).port;
    const replica = keep(await startOwnRedis({ args: [...atOnce, '--replicaof', `127.0.0.1 ${port}`] }));
    const sentinels: number[] = [];
    for (let n = 0; n < sentinelCount; n++) {
      sentinels.push(await freePort());
      keep(await startSentinel(sentinels[n] ?? 0, port));
    }
    await Promise.all(sentinels.map(knowsAll));
    const urls = sentinels.map((at) => `redis://127.0.0.1:${at}`);
    return { urls, name, master, replica, server: `${master.server}, ${sentinelCount} sentinels`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const atOnce = ['--repl-diskless-sync-delay', '0'];

const startSentinel = async (port: number, masterPort: string): ReturnType<typeof startRedisProcess> =>
  startRedisProcess({
    isUp: () => isUpAt(port),
    prepare: async (folder) => {
      const file = join(folder, 'sentinel.conf');
      const settings = [
        `port ${port}`,
        `sentinel monitor ${name} 127.0.0.1 ${masterPort} 2`,
        `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
        `sentinel failover-timeout ${name} 3000`,
      ];
      await writeFile(file, `${settings.join('\n')}\n`); // sentinels keep their state in it
      return [file, '--sentinel'];
    },
  });

const knowsAll = async (port: number): Promise<void> => {
  const others = String(sentinelCount - 1);
  for (const deadline = performance.now() + 20_000; ; await pause(50)) {
    const reply = await ask({ host: '127.0.0.1', port }, ['SENTINEL', 'MASTER', name]);
    const words = reply.split('\r\n');
    const isKnown = (field: string, value: string): boolean => words[words.indexOf(field) + 2] === value;
    if (isKnown('num-slaves', '1') && isKnown('num-other-sentinels', others)) return;
    if (performance.now() > deadline) throw new Error('the sentinels do not find each other');
  }
};
