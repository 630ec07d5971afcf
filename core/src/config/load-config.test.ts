import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { explainConfig } from './explain-config.ts';
import { adapterPackage, fakeAdapter, fakeSections, folderWith } from './fake-adapter.fixture.ts';
import { type LoadOptions, loadConfig } from './load-config.ts';
import { env, secret } from './references.ts';
import type { ConfigInput } from './schema.ts';

const load = (config: ConfigInput, more: Partial<LoadOptions> = {}) =>
  loadConfig({ cwd: '/', env: {}, config: { ...fakeSections(), ...config }, ...more });

const refused = async (loading: Promise<unknown>): Promise<ConfigError> => {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error;
  throw error ?? new Error('the config was accepted');
};

const pathsOf = (error: ConfigError) => error.problems.map(({ path }) => path);

describe('values', () => {
  test('an empty config has every default', async () => {
    const { config } = await load({});
    expect(config).toMatchObject({
      queues: { critical: { min: 1, max: 4 }, normal: { min: 1, max: 8 }, batch: { min: 0, max: 2 } },
      lease: { durationMs: 15_000, sweepMs: 2_000 },
      retention: { completedMs: 86_400_000, failedMs: 1_209_600_000 },
      retry: { attempts: 3, minDelayMs: 1_000, maxDelayMs: 300_000 },
      isolation: 'serializable',
      timeoutMs: 300_000,
      insecure: false,
    });
  });

  test('a flag wins over a variable, a variable over the file, the file over the default', async () => {
    const queues = { critical: { max: 5 }, normal: { max: 5 }, batch: { max: 5 } };
    const variables = { WAYBILL_QUEUES_CRITICAL_MAX: '6', WAYBILL_QUEUES_NORMAL_MAX: '6' };
    const { config } = await load({ queues }, { env: variables, flags: { 'queues.critical.max': 7 } });
    expect(config.queues).toMatchObject({
      critical: { min: 1, max: 7 },
      normal: { max: 6 },
      batch: { max: 5 },
    });
  });

  test('variables are read in the type of their key', async () => {
    const variables = {
      WAYBILL_LEASE_DURATION_MS: '20s',
      WAYBILL_TIMEOUT_MS: '1500',
      WAYBILL_INSECURE: 'true',
      WAYBILL_PLUGINS: './a, @acme/b',
      WAYBILL_RETRY_MAX_DELAY_MS: '',
    };
    const { config } = await load({}, { env: variables, cwd: '/srv' });
    expect(config).toMatchObject({
      lease: { durationMs: 20_000 },
      timeoutMs: 1_500,
      insecure: true,
      plugins: [join('/srv', 'a'), '@acme/b'],
      retry: { maxDelayMs: 300_000 },
    });
  });

  test("variables reach the adapter's own options", async () => {
    const options = z.strictObject({ poolSize: z.int().default(1), tls: z.boolean().default(false) });
    const store = { use: fakeAdapter('store', { options }), poolSize: 2 };
    const variables = { WAYBILL_STORE_POOL_SIZE: '9', WAYBILL_STORE_TLS: 'true' };
    const { config } = await load({ store }, { env: variables });
    expect(config.store).toMatchObject({ poolSize: 9, tls: true });
  });

  test('options do not outlive the adapter they were written for', async () => {
    const folder = await folderWith({
      ...adapterPackage('@waybill/store-alpha', 'store', 'alpha'),
      ...adapterPackage('@waybill/store-beta', 'store', 'beta'),
    });
    const config = { ...fakeSections(), store: { use: 'alpha', poolSize: 3 } };
    const loaded = await loadConfig({ cwd: folder, config, env: { WAYBILL_STORE_USE: 'beta' } });
    expect(loaded.config.store).toEqual({ use: 'beta' });
    expect(loaded.adapters.store.adapter.name).toBe('beta');
  });

  test('env() stands for a variable, in the type of its key', async () => {
    const retry = { attempts: env('ATTEMPTS'), minDelayMs: env('DELAY', '2s') };
    const { config } = await load({ retry, plugins: [env('PLUGIN', 'x')] }, { env: { ATTEMPTS: '5' } });
    expect(config).toMatchObject({ retry: { attempts: 5, minDelayMs: 2_000 }, plugins: ['x'] });
  });

  test('every value knows where it came from', async () => {
    const loaded = await load(
      { timeoutMs: '1m' },
      { env: { WAYBILL_SHUTDOWN_MS: '5s' }, flags: { insecure: true } },
    );
    const origins = new Map(
      explainConfig(loaded).map(({ path, value, origin }) => [path, `${value} ${origin}`]),
    );
    expect(origins.get('timeoutMs')).toBe('"1m" the object passed in');
    expect(origins.get('shutdownMs')).toBe('"5s" WAYBILL_SHUTDOWN_MS (environment)');
    expect(origins.get('insecure')).toBe('true --insecure (flag)');
    expect(origins.get('retry.attempts')).toBe('3 default');
  });
});

describe('secrets', () => {
  const options = z.strictObject({ url: z.url('is no URL'), note: z.string().optional() });
  const store = (diary: unknown[] = []) => ({ use: fakeAdapter('store', { options, diary }) });

  test('a secret is in no part of a loaded config', async () => {
    const folder = await folderWith({ 'key.txt': 'https://me:hunter2@host\n' });
    const section = { ...store(), url: secret.file('./key.txt'), note: secret('NOTE') };
    const loaded = await load({ store: section }, { cwd: folder, env: { NOTE: 'hunter3' } });
    expect(JSON.stringify([loaded.config, [...loaded.assigned], explainConfig(loaded)])).not.toMatch(
      /hunter/,
    );
    expect(loaded.config.store).toMatchObject({ url: { secretFile: './key.txt' } });
  });

  test('a secret that is not there, or not what the adapter takes, is a problem that does not tell it', async () => {
    const absent = await refused(load({ store: { ...store(), url: secret('ABSENT') } }));
    expect(absent.message).toContain('the secret ABSENT is not set');
    const leaky = z.strictObject({
      url: z.string().refine(() => false, { error: (issue) => `what is ${issue.input}?` }),
    });
    const use = fakeAdapter('store', { options: leaky });
    const wrong = await refused(load({ store: { use, url: secret('S') } }, { env: { S: 'hunter2' } }));
    expect(wrong.message).toContain('store.url');
    expect(wrong.message).not.toContain('hunter2');
    expect(JSON.stringify(wrong.problems)).not.toContain('hunter2');
  });

  test('plain text to another machine is refused, also in a secret, unless insecure is set', async () => {
    const config = { store: { ...store(), url: secret('S') } };
    const error = await refused(load(config, { env: { S: 'http://me:hunter2@remote' } }));
    expect(error.problems).toMatchObject([
      { path: 'store.url', message: expect.stringContaining('plain text') },
    ]);
    expect(error.message).not.toMatch(/hunter2|remote/);
    await load({ ...config, insecure: true }, { env: { S: 'http://me:hunter2@remote' } });
  });
});

describe('problems', () => {
  test('are reported all at once, each with path, value, origin, suggestion and fix', async () => {
    const config = {
      broker: { use: 'rabbitmqq' },
      queues: { critical: { min: 2, maxx: 3 } },
      timeoutMs: -1,
      isolation: 'serialisable',
    } as unknown as ConfigInput;
    const error = await refused(
      load(config, { env: { WAYBILL_QUEUES_CRITICAL_MAX: '1', WAYBILL_STOR_USE: 'x' } }),
    );
    expect(pathsOf(error).toSorted()).toEqual([
      '',
      'broker.use',
      'isolation',
      'queues.critical.maxx',
      'queues.critical.min',
      'timeoutMs',
    ]);
    // Which adapters are installed is not this test's affair.
    const message = error.message.replace(/(installed|available): .*/g, '$1: …');
    expect(message).toMatchInlineSnapshot(`
      "6 problems in the config
        WAYBILL_STOR_USE is set and sets no key. Did you mean "WAYBILL_STORE_USE"?
          from WAYBILL_STOR_USE (environment)
          fix: unset it, or correct its name
        broker.use            "rabbitmqq" is not a known adapter. Did you mean "rabbitmq"?
                              installed: …
                              fix: use the name of an installed adapter, the name of a package, or a path that begins with ./
        queues.critical.maxx  is not a known key. Did you mean "max"?
                              fix: use one of min, max
        queues.critical.min   2 is larger than max 1
                              queues.critical.max is from WAYBILL_QUEUES_CRITICAL_MAX (environment)
        isolation             "serialisable" is not one of serializable, snapshot. Did you mean "serializable"?
        timeoutMs             -1 is shorter than 1ms"
    `);
  });

  test('a value that a variable overrode is told', async () => {
    const error = await refused(load({ retry: { attempts: 4 } }, { env: { WAYBILL_RETRY_ATTEMPTS: '0' } }));
    expect(error.problems).toMatchObject([
      {
        path: 'retry.attempts',
        message: '0 is smaller than 1',
        origin: { kind: 'environment', variable: 'WAYBILL_RETRY_ATTEMPTS' },
        notes: ['overriding 4 (the object passed in)'],
      },
    ]);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e300, '4', null, true, [], {}])(
    '%j places in a queue are refused',
    async (max) => {
      const error = await refused(load({ queues: { critical: { max } } } as unknown as ConfigInput));
      expect(pathsOf(error)[0]).toMatch(/^queues\.critical/);
    },
  );

  test.each([
    [{ broker: 'redis' }, 'broker.use'],
    [{ store: { use: '' } }, 'store.use'],
    [{ store: { use: '../../etc/passwd' } }, 'store.use'],
    [{ store: { use: fakeAdapter('broker') } }, 'store.use'],
    [{ store: { use: {} } }, 'store.use'],
    [{ queues: 5 }, 'queues'],
    [{ plugins: [1] }, 'plugins.0'],
    [{ limits: { depth: env('NOT_SET') } }, 'limits.depth'],
  ])('%j is refused at %s', async (config, path) => {
    expect(pathsOf(await refused(load(config as unknown as ConfigInput)))).toEqual([path]);
  });

  test('keys that could reach a prototype are refused', async () => {
    const folder = await folderWith({
      'waybill.config.json':
        '{ "queues": { "__proto__": { "max": 1 } }, "constructor": { "prototype": {} } }',
    });
    const error = await refused(loadConfig({ cwd: folder, env: {}, flags: {} }));
    expect(error.message).toContain('queues.__proto__');
    expect(error.message).toContain('constructor');
    expect(Object.hasOwn(Object.prototype, 'max')).toBe(false);
  });

  test('a config nested without end is refused', async () => {
    const deep = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    const folder = await folderWith({ 'waybill.config.json': deep });
    expect((await refused(loadConfig({ cwd: folder, env: {} }))).message).toContain(
      'nested more than 16 deep',
    );
  });

  test('variables of ours that look like no config are left alone', async () => {
    const variables = {
      WAYBILL_TEST_REDIS_URL: 'x',
      WAYBILL_REQUIRE: 'all',
      WAYBILL_COLOUR: 'x',
      REDIS: 'x',
    };
    await load({}, { env: variables });
    const error = await refused(load({}, { env: { ...variables, WAYBILL_QUEUES_URGENT_MAX: '1' } }));
    expect(error.message).toContain('WAYBILL_QUEUES_URGENT_MAX is set and sets no key');
  });
});
