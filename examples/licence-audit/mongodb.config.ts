import { defineConfig, env } from '@waybill/core';

const file = './out/waybill.db';

/** Documents in MongoDB, where `MONGODB_URL` says: `mongodb://127.0.0.1:27017/licence-audit?replicaSet=rs0`. */
export default defineConfig({
  broker: { use: 'sqlite', file },
  channel: { use: 'sqlite', file },
  store: { use: 'mongodb', url: env('MONGODB_URL') },
  plugins: ['./src/plugin.ts'],
  queues: { critical: { min: 0, max: 1 }, normal: { min: 0, max: 2 }, batch: { min: 0, max: 1 } },
  lease: { durationMs: '3s', sweepMs: '500ms' },
  retry: { minDelayMs: '200ms', maxDelayMs: '2s' },
});
