import { latencyAcross } from '../scenarios/latency.ts';
import { memoryPerTask } from '../scenarios/memory.ts';
import { steadyAt } from '../scenarios/steady.ts';
import { submitAndWork } from '../scenarios/submit-and-work.ts';
import type { Suite } from '../suite.ts';
import { asked } from './asked.ts';
import { openBeeQueue } from './bee-queue.ts';
import { openBullmq } from './bullmq.ts';
import { onRedis } from './on-redis.ts';
import { openRawIoredis } from './raw-ioredis.ts';
import { startServers } from './servers.ts';
import { openWaybillRedis, openWaybillRedisWithDocument } from './waybill-redis.ts';

const peers = ['waybill', 'bullmq', 'bee-queue', 'raw ioredis'];

/** What each contender does on each of the three servers. */
const onEachServer = (tier: 'none' | 'everysec' | 'always', suffix: string): Suite['contenders'] => ({
  [`waybill${suffix}`]: onRedis(tier, openWaybillRedis),
  [`waybill${suffix}, one document`]: onRedis(tier, openWaybillRedisWithDocument),
  [`waybill${suffix} (again)`]: onRedis(tier, openWaybillRedis),
  [`bullmq${suffix}`]: onRedis(tier, openBullmq),
  [`bee-queue${suffix}`]: onRedis(tier, openBeeQueue),
  [`raw ioredis${suffix}`]: onRedis(tier, openRawIoredis),
});

const tiers = [' everysec', ' always'] as const;
const on = (tier: string): string => `AOF${tier}`;

/** All three adapters on Redis, beside BullMQ, bee-queue and the raw client, on the same servers. */
export const redis: Suite = {
  scenarios: [
    submitAndWork({ concurrency: 1, tasks: 10_000 }),
    submitAndWork({ concurrency: 10, tasks: 30_000 }),
    submitAndWork({ concurrency: 100, tasks: 50_000 }),
    submitAndWork({ concurrency: 100, bulk: 500, tasks: 50_000 }),
    ...tiers.map((tier) => submitAndWork({ concurrency: 100, tasks: 50_000, on: on(tier) })),
    latencyAcross,
    memoryPerTask,
    steadyAt(100),
    steadyAt(100_000),
    steadyAt(1_000_000, { heavy: true }),
    ...tiers.flatMap((tier) => [
      submitAndWork({ concurrency: 1, tasks: 10_000, on: on(tier), heavy: true }),
      submitAndWork({ concurrency: 10, tasks: 30_000, on: on(tier), heavy: true }),
      submitAndWork({ concurrency: 100, bulk: 500, tasks: 50_000, on: on(tier), heavy: true }),
    ]),
  ],
  contenders: {
    ...onEachServer('none', ''),
    ...onEachServer('everysec', tiers[0]),
    ...onEachServer('always', tiers[1]),
  },
  contendersOf(scenario) {
    const tier = tiers.find((each) => scenario.endsWith(on(each)));
    if (tier !== undefined)
      return [`waybill${tier}`, `waybill${tier}, one document`, `bullmq${tier}`, `bee-queue${tier}`];
    if (scenario.startsWith('start latency')) return ['waybill', 'bullmq', 'bee-queue'];
    if (scenario.startsWith('steady')) return ['waybill', 'bullmq'];
    if (scenario === 'tasks at 100')
      return ['waybill', 'waybill, one document', ...peers.slice(1), 'waybill (again)'];
    if (scenario.startsWith('tasks at')) return ['waybill', 'waybill, one document', ...peers.slice(1)];
    return peers;
  },
  asked,
  start: startServers,
};
