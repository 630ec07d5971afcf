import { defineConfig } from '@waybill/core';

const file = './out/waybill.db';

/** One SQLite file that all processes share; a dead worker's tasks run elsewhere within four seconds. */
export default defineConfig({
  broker: { use: 'sqlite', file },
  channel: { use: 'sqlite', file },
  store: { use: 'sqlite', file },
  plugins: ['./src/plugin.ts'],
  queues: { critical: { min: 0, max: 1 }, normal: { min: 0, max: 2 }, batch: { min: 0, max: 1 } },
  lease: { durationMs: '3s', sweepMs: '500ms' },
  retry: { minDelayMs: '200ms', maxDelayMs: '2s' },
});
