import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { fakeAdapter } from './fake-adapter.fixture.ts';
import { loadConfig } from './load-config.ts';
import type { ConfigInput } from './schema.ts';

const hostileText = fc.constantFrom(
  '__proto__',
  '__proto__.polluted',
  'queues.constructor.prototype.polluted',
  'constructor',
  'toString',
  '$where',
  'a.b',
  '..',
  '',
  '\0',
  '\ud800',
  '\u2028',
  '\u001b[2J',
  'x'.repeat(10_000),
  '1e999',
  '-0',
  ' 4 ',
);
const hostileValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  hostileText,
  fc.double(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Symbol('s'), () => 1, new Date(0), 10n, undefined),
);
const knownPath = fc.constantFrom(
  'broker',
  'broker.use',
  'store.poolSize',
  'store.nested',
  'queues',
  'queues.critical.max',
  'lease.durationMs',
  'plugins',
  'processes',
  'insecure',
);
const section = (port: 'broker' | 'channel' | 'store') => ({
  use: fakeAdapter(port, {
    options: z.strictObject({
      poolSize: z.int().max(9).optional(),
      nested: z.union([z.strictObject({ a: z.string() }), z.array(z.number())]).optional(),
    }),
  }),
});

/** Sets the value at a dotted path, as a program could. */
const withValue = (path: string, value: unknown): ConfigInput => {
  const config: Record<string, unknown> = {
    broker: section('broker'),
    channel: section('channel'),
    store: section('store'),
  };
  const keys = path.split('.');
  let node = config;
  for (const key of keys.slice(0, -1)) {
    node[key] = { ...(node[key] as object | undefined) };
    node = node[key] as Record<string, unknown>;
  }
  Object.defineProperty(node, keys.at(-1) ?? '', { value, enumerable: true, configurable: true });
  return config;
};

const outcome = (options: Parameters<typeof loadConfig>[0]): Promise<unknown> =>
  loadConfig(options).then(
    () => 'accepted',
    (error: unknown) => error,
  );

const isClean = (result: unknown): void => {
  if (result !== 'accepted') {
    expect(result).toBeInstanceOf(ConfigError);
    expect((result as ConfigError).problems).not.toEqual([]);
    expect((result as ConfigError).message).not.toMatch(/[\0\u001b]/);
    expect((result as ConfigError).message.length).toBeLessThan(20_000);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
};

test('whatever stands at a key is accepted or is a ConfigError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(knownPath, hostileText), hostileValue, async (path, value) => {
      isClean(await outcome({ cwd: '/', env: {}, config: withValue(path, value) }));
    }),
    { numRuns: 400 },
  );
});

test.each(['guarantee', 'isolation'])(
  'an object that is no text, where %s is one of some words',
  async (name) => {
    for (const value of [{ toString: [] }, { toString: null, valueOf: 5 }, Object.create(null), [{}]])
      isClean(await outcome({ cwd: '/', env: {}, config: withValue(name, value) }));
  },
);

test('whatever the environment and the flags say is accepted or is a ConfigError', async () => {
  const text = fc.oneof(hostileText, fc.string());
  const name = fc.oneof(
    fc.constantFrom(
      'WAYBILL_QUEUES_CRITICAL_MAX',
      'WAYBILL_BROKER_USE',
      'WAYBILL_STORE_POOL_SIZE',
      'WAYBILL_PLUGINS',
    ),
    fc.string().map((end) => `WAYBILL_QUEUES_${end}`),
  );
  await fc.assert(
    fc.asyncProperty(
      name,
      text,
      fc.oneof(knownPath, hostileText),
      text,
      async (variable, value, flag, given) => {
        const config = withValue('timeoutMs', 1_000);
        isClean(await outcome({ cwd: '/', config, env: { [variable]: value }, flags: { [flag]: given } }));
      },
    ),
    { numRuns: 400 },
  );
});
