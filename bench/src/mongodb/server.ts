import { readFileSync } from 'node:fs';
import { mongodbStore } from '@waybill/store-mongodb';
import { startService } from '@waybill/testing/services/mongodb';
import { MongoClient } from 'mongodb';
import type { Backend } from '../suite.ts';

const urlVariable = 'WAYBILL_BENCH_MONGODB_URL';
const modeVariable = 'WAYBILL_BENCH_MONGODB_MODE';

export type Mode = 'native' | 'journaled';

/** One server for all. What it can do decides what there is to compare with. */
export const startServer = async (): Promise<Backend> => {
  const { url, server, stop } = await startService();
  const inspected = await mongodbStore.inspect(mongodbStore.options.parse({ url, database: 'bench' }));
  const mode: Mode = inspected.server.endsWith('native') ? 'native' : 'journaled';
  // The contenders of a scenario are asked for in this process as well.
  process.env[modeVariable] = mode;
  return { env: { [urlVariable]: url, [modeVariable]: mode }, about: { server, mode, ...versions() }, stop };
};

export const serverUrl = (): string => {
  const url = process.env[urlVariable];
  if (url === undefined) throw new Error('the benchmark has started no MongoDB');
  return url;
};

/** So that what a measurement leaves behind does not burden the next ones. */
export const dropDatabase = async (name: string): Promise<void> => {
  const client = await MongoClient.connect(serverUrl());
  await client.db(name).dropDatabase();
  await client.close();
};

export const serverMode = (): Mode => (process.env[modeVariable] === 'native' ? 'native' : 'journaled');

/** Of the contenders, as our manifest pins them. */
const versions = (): Readonly<Record<string, string>> => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Record<string, string> };
  return { agenda: devDependencies['agenda'] ?? '', 'mongodb driver': devDependencies['mongodb'] ?? '' };
};
