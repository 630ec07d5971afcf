import { readFileSync } from 'node:fs';
import { startOwnRedis } from '@waybill/testing/services/redis';
import type { Backend } from '../suite.ts';

/** When what was written is on disk: never, within a second, before the answer. */
export type Tier = 'none' | 'everysec' | 'always';

const settings: Readonly<Record<Tier, readonly string[]>> = {
  none: ['--appendonly', 'no'],
  everysec: ['--appendfsync', 'everysec'],
  always: [],
};
const tiers = Object.keys(settings) as Tier[]; // the keys of this record

const variableOf = (tier: Tier): string => `WAYBILL_BENCH_REDIS_${tier.toUpperCase()}`;

/** One server for each tier; whoever is measured has it alone. */
export const startServers = async (): Promise<Backend> => {
  const servers = await Promise.all(
    tiers.map(async (tier) => ({ tier, server: await startOwnRedis({ args: settings[tier] }) })),
  );
  return {
    env: Object.fromEntries(servers.map(({ tier, server }) => [variableOf(tier), server.url])),
    about: { server: servers[0]?.server.server ?? '', ...versions() },
    stop: async () => {
      await Promise.all(servers.map(({ server }) => server.stop()));
    },
  };
};

/** Of the server that this measurement uses. */
export const urlOf = (tier: Tier): string => {
  const url = process.env[variableOf(tier)];
  if (url === undefined) throw new Error(`the benchmark has started no server for ${tier}`);
  return url;
};

/** Of the contenders, as our manifest pins them. */
const versions = (): Readonly<Record<string, string>> => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Record<string, string> };
  return Object.fromEntries(
    ['bullmq', 'bee-queue', 'ioredis'].map((name) => [name, devDependencies[name] ?? '']),
  );
};
