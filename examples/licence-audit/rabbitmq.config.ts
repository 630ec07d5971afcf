import { defineConfig, env } from '@waybill/core';

const rabbitmq = { use: 'rabbitmq', url: env('AMQP_URL'), namespace: 'licence-audit' };

/** Woken and told through RabbitMQ, where `AMQP_URL` says: `amqp://127.0.0.1:5672`. Documents in a file. */
export default defineConfig({
  broker: rabbitmq,
  channel: rabbitmq,
  store: { use: 'sqlite', file: './out/waybill.db' },
  plugins: ['./src/plugin.ts'],
  queues: { critical: { min: 0, max: 1 }, normal: { min: 0, max: 2 }, batch: { min: 0, max: 1 } },
  lease: { durationMs: '3s', sweepMs: '500ms' },
  retry: { minDelayMs: '200ms', maxDelayMs: '2s' },
});
