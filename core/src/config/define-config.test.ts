import { expect, test } from 'vitest';
import { fakeAdapter } from './fake-adapter.fixture.ts';
import { defineConfig } from './define-config.ts';
import { env, secret } from './references.ts';

test('a config is what was written, frozen', () => {
  const config = defineConfig({ timeoutMs: '1m' });
  expect(config).toEqual({ timeoutMs: '1m' });
  expect(Object.isFrozen(config)).toBe(true);
});

test('the type takes all that can be written, and nothing else', () => {
  defineConfig({
    broker: { use: 'redis', url: env('REDIS_URL'), prefetch: 8 },
    channel: { use: '@acme/channels', url: secret('AMQP_URL') },
    store: { use: fakeAdapter('store'), url: secret.file('/run/secrets/x') },
    plugins: ['./handlers', env('PLUGIN')],
    queues: { critical: { max: env('MAX', 4) }, batch: {} },
    lease: { durationMs: '15s', sweepMs: 2_000 },
    insecure: env('INSECURE', false),
  });
  // @ts-expect-error a key that is not known
  defineConfig({ queue: {} });
  // @ts-expect-error a queue that there is not
  defineConfig({ queues: { urgent: { max: 1 } } });
  // @ts-expect-error a value of another type
  defineConfig({ queues: { critical: { max: '4' } } });
  // @ts-expect-error a section without an adapter
  defineConfig({ store: { url: 'x' } });
  // @ts-expect-error an adapter of another port
  defineConfig({ store: { use: fakeAdapter('broker') } });
  // @ts-expect-error a word that is none of the choices
  defineConfig({ isolation: 'serialisable' });
  // @ts-expect-error a secret where no adapter takes it
  defineConfig({ timeoutMs: secret('T') });
});
