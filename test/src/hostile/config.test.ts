import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Config,
  type ConfigInput,
  createWaybill,
  type ConfigError,
  isWaybillError,
  loadConfig,
  type LoadOptions,
} from '@waybill/core';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { hostileJson, hostileNumber, hostileText, plainJson } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { expectUnpolluted, sameJson } from './oracle.fixture.ts';

// From within the workspace, so that adapters are found by their names.
const workspace = join(import.meta.dirname, '../../../node_modules');
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(workspace, '.waybill-hostile-'));
});
afterAll(() => rm(cwd, { recursive: true }));
afterEach(expectUnpolluted);

/** Keys that mean something, and values that some of them take. */
const paths = [
  ...['broker', 'broker.use', 'store.use', 'store.file', 'channel.url', 'plugins', 'insecure', 'processes'],
  ...['queues', 'queues.critical', 'queues.critical.max', 'queues.batch.min', 'queues.normal.max'],
  ...['lease.durationMs', 'lease.sweepMs', 'retry.attempts', 'retry.minDelayMs', 'retention.failedMs'],
  ...['limits.payloadBytes', 'limits.depth', 'timeoutMs', 'shutdownMs', 'isolation', 'guarantee'],
] as const;
const usual = fc.constantFrom<unknown[]>(
  ...[0, 1, 4, 100, 5_000, '15s', '2m', true, 'memory', 'many', 'snapshot'],
  [],
);
const value = fc.oneof(
  { weight: 6, arbitrary: usual },
  { weight: 3, arbitrary: fc.oneof(hostileText, hostileNumber) },
  { weight: 1, arbitrary: fc.oneof(hostileJson, plainJson) },
);
const path = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...paths) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      hostileText,
      fc.tuple(fc.constantFrom(...paths), hostileText).map((parts) => parts.join('.')),
    ),
  },
);
const settings = fc.array(fc.tuple(path, value), { minLength: 1, maxLength: 2 });
type Setting = readonly [string, unknown];

/** The values at their dotted paths, with own keys of any name, as `JSON.parse` would make them. */
const configOf = (settings: readonly Setting[]): ConfigInput => {
  const config: Record<string, unknown> = {};
  const all: readonly Setting[] = [...ports.map((port): Setting => [`${port}.use`, 'memory']), ...settings];
  for (const [path, value] of all) {
    const keys = path.split('.');
    let at: Record<string, unknown> = config;
    for (const key of keys.slice(0, -1)) {
      if (!isObject(Object.hasOwn(at, key) ? at[key] : undefined)) define(at, key, {});
      at = at[key] as Record<string, unknown>; // just made, if it was none
    }
    define(at, keys.at(-1) ?? '', value);
  }
  return config as ConfigInput; // whatever it is
};

const ports = ['broker', 'channel', 'store'] as const;
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const define = (target: object, key: string, value: unknown): unknown =>
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });

/** The config, or `undefined` where it was refused as configs are. */
const load = async (options: Partial<LoadOptions>): Promise<Config | undefined> => {
  try {
    return (await loadConfig({ cwd, env: {}, ...options })).config;
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint === undefined) return undefined;
    throw new Error(`this is no clear refusal: ${complaint}`, { cause: error });
  }
};

/** What is wrong with a refusal: all problems at once, in lines that are safe to print, and not too many. */
const complaintOf = (error: unknown): string | undefined => {
  if (!isWaybillError(error) || error.code !== 'WB_CONFIG') return String(error);
  const { message, problems } = error as ConfigError; // by its code
  if (problems.length === 0) return 'it names no problem';
  if (message.length > 20_000) return `it has ${message.length} characters`;
  return unsafe.test(message) || !message.isWellFormed() ? JSON.stringify(message) : undefined;
};

const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/;

const share = budget.config / 4;

it('a config of a program and the same one in a file are both refused clearly, or are one config', {
  timeout,
}, async () => {
  await forMany(fc.tuple(settings, fc.constantFrom('json', 'yaml')), share, async ([settings, ending]) => {
    const config = configOf(settings);
    const text = JSON.stringify(config);
    const asJson = JSON.parse(text) as ConfigInput; // what JSON leaves of it
    const file = `config.${ending}`;
    await writeFile(join(cwd, file), text);
    const [given, read] = [await load({ config: asJson }), await load({ file })];
    if (!sameJson(config, asJson)) await load({ config });
    expect(sameJson(given, read)).toBe(true);
    return given !== undefined;
  });
});

it('flags and variables are refused clearly, or set what they name', { timeout }, async () => {
  const text = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom('0', '1', '4', '100', '15s', 'true', 'memory', 'many', 'snapshot'),
    },
    { weight: 1, arbitrary: hostileText },
  );
  const set = fc.tuple(path, text, fc.boolean());
  await forMany(fc.array(set, { minLength: 1, maxLength: 2 }), share * 2, async (entries) => {
    const of = (isFlag: boolean): object =>
      Object.fromEntries(
        entries.flatMap(([path, text, flag]) =>
          flag === isFlag ? [[isFlag ? path : variableOf(path), text]] : [],
        ),
      );
    const config = configOf([]);
    const loaded = await load({
      config,
      flags: of(true) as Record<string, string>,
      env: of(false) as Record<string, string>,
    });
    const max = entries.findLast(([path, , flag]) => flag && path === 'queues.critical.max')?.[1];
    expect(loaded === undefined || max === undefined || loaded.queues.critical.max === Number(max)).toBe(
      true,
    );
    return loaded !== undefined;
  });
});

const variableOf = (path: string): string =>
  `WAYBILL_${path
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

it('a file that somebody has damaged is refused clearly, or is a config', { timeout }, async () => {
  const right = fc.subarray<Setting>([
    ['queues.critical.max', 4],
    ['lease.durationMs', '15s'],
    ['plugins', []],
    ['isolation', 'snapshot'],
  ]);
  const whole = fc.tuple(right.map(configOf), fc.constantFrom('json', 'yaml'));
  const damage = fc.record({ at: fc.nat(1_000), remove: fc.nat(8), insert: fc.uint8Array({ maxLength: 4 }) });
  const piece = fc.oneof(
    damage,
    hostileText.map((text) => ({ at: 20, remove: 0, insert: new TextEncoder().encode(text) })),
  );
  await forMany(
    fc.tuple(whole, fc.option(piece, { nil: undefined })),
    share,
    async ([[config, ending], given]) => {
      const text = Buffer.from(ending === 'json' ? JSON.stringify(config) : yamlOf(config));
      const { at = 0, remove = 0, insert = new Uint8Array() } = given ?? {};
      const start = at % (text.length + 1);
      const file = `damaged.${ending}`;
      await writeFile(
        join(cwd, file),
        Buffer.concat([text.subarray(0, start), insert, text.subarray(start + remove)]),
      );
      return (await load({ file })) !== undefined;
    },
  );
});

it.each(['\0', 'x'.repeat(513), `${'y/'.repeat(3_000)}z`, '\u2028', '..', '/', 'a\ud800'])(
  'a file that cannot be one is refused clearly: %j',
  async (file) => {
    expect(await load({ file })).toBeUndefined();
    expect(await load({ env: { WAYBILL_CONFIG: file } })).toBeUndefined();
  },
);

it.each([
  'file:///etc/passwd%',
  'file://elsewhere/adapter.js',
  'file:',
  'file:///',
  'http://127.0.0.1',
  'node:fs',
  'fast-check/nothing',
  'vitest/package.json',
  'a'.repeat(300),
  '@',
  './\0',
])('an adapter and a plugin that cannot be one are refused clearly: %j', async (name) => {
  expect(await load({ config: configOf([['store.use', name]]) })).toBeUndefined();
  await expect(createWaybill({ config: configOf([['plugins', [name]]]) })).rejects.toSatisfy(
    (error) => complaintOf(error) === undefined,
  );
});

/** As people write it: one key a line. */
const yamlOf = (config: object, indent = ''): string =>
  Object.entries(config)
    .map(([key, value]) =>
      isObject(value) && Object.keys(value as object).length > 0
        ? `${indent}${JSON.stringify(key)}:\n${yamlOf(value as object, `${indent}  `)}`
        : `${indent}${JSON.stringify(key)}: ${JSON.stringify(value ?? null)}\n`,
    )
    .join('');
