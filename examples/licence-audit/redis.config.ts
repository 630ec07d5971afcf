import { defineConfig, env } from '@waybill/core';

const redis = { use: 'redis', url: env('REDIS_URL'), namespace: 'licence-audit' };

/** One Redis for everything, where `REDIS_URL` says: `redis://127.0.0.1:6379`. */
export default defineConfig({
  broker: redis,
  channel: redis,
  store: redis,
  plugins: ['./src/plugin.ts'],
  queues: { critical: { min: 0, max: 1 }, normal: { min: 0, max: 2 }, batch: { min: 0, max: 1 } },
  lease: { durationMs: '3s', sweepMs: '500ms' },
  retry: { minDelayMs: '200ms', maxDelayMs: '2s' },
});
