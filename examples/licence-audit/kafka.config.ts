import { defineConfig, env } from '@waybill/core';

const kafka = {
  use: 'kafka',
  url: env('KAFKA_URL'),
  namespace: 'licence-audit',
  partitions: 4,
  sessionMs: 6_000,
};

/** Woken and told through Kafka, where `KAFKA_URL` says: `kafka://127.0.0.1:9092`. Documents in a file. */
export default defineConfig({
  broker: kafka,
  channel: kafka,
  store: { use: 'sqlite', file: './out/waybill.db' },
  plugins: ['./src/plugin.ts'],
  queues: { critical: { min: 0, max: 1 }, normal: { min: 0, max: 2 }, batch: { min: 0, max: 1 } },
  lease: { durationMs: '3s', sweepMs: '500ms' },
  retry: { minDelayMs: '200ms', maxDelayMs: '2s' },
});
