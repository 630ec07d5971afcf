import { readFileSync } from 'node:fs';
import { startService } from '@waybill/testing/services/kafka';
import type { Backend } from '../suite.ts';

const urlVariable = 'WAYBILL_BENCH_KAFKA_URL';

/** One server for all; whoever is measured has it alone. */
export const startServer = async (): Promise<Backend> => {
  const { url, server, stop } = await startService();
  return { env: { [urlVariable]: url }, about: { server, kafkajs: clientVersion() }, stop };
};

export const serverUrl = (): string => {
  const url = process.env[urlVariable];
  if (url === undefined) throw new Error('the benchmark has started no Kafka');
  return url;
};

/** Of every topic, for all contenders. */
export const partitions = 4;

/** As our manifest pins it. */
const clientVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Record<string, string> };
  return devDependencies['kafkajs'] ?? '';
};
