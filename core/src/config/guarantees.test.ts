import { expect, test } from 'vitest';
import { type Capabilities, checkGuarantees } from './guarantees.ts';

const strong = { durability: 'disk', shared: true } as const;
const capabilities: Capabilities = {
  broker: { ...strong, ordered: true, rank: true, redelivery: true },
  channel: { ...strong, replay: true, redelivery: true },
  store: { ...strong, atomicity: 'native', rangeValidation: true },
};
const weak = { durability: 'none', shared: false } as const;
const memory: Capabilities = {
  broker: { ...capabilities.broker, ...weak },
  channel: { ...capabilities.channel, ...weak },
  store: { ...capabilities.store, ...weak },
};
const asked = {
  broker: { use: 'x' },
  channel: { use: 'y' },
  store: { use: 'z' },
  processes: undefined,
  guarantee: undefined,
  isolation: 'serializable',
} as const;

test('three durable, shared adapters keep everything', () => {
  expect(checkGuarantees(asked, capabilities)).toEqual({
    level: 'durable',
    processes: 'many',
    problems: [],
    warnings: [],
  });
});

test('three adapters in memory are fine in one process, and that is what they are taken for', () => {
  expect(checkGuarantees(asked, memory)).toMatchObject({
    level: 'ephemeral',
    processes: 'one',
    problems: [],
  });
});

test.each(['broker', 'channel', 'store'] as const)(
  'a %s that cannot be shared is refused for many processes',
  (port) => {
    const mixed = { ...capabilities, [port]: { ...capabilities[port], shared: false } };
    const { problems } = checkGuarantees(asked, mixed);
    expect(problems).toMatchObject([
      { path: `${port}.use`, fix: expect.stringContaining("processes: 'one'") },
    ]);
    expect(checkGuarantees({ ...asked, processes: 'one' }, mixed).problems).toEqual([]);
  },
);

test('memory for many processes is refused for each port, and for what it forgets', () => {
  const { problems } = checkGuarantees({ ...asked, processes: 'many' }, memory);
  expect(problems.map(({ path }) => path)).toEqual(['store.use', 'broker.use', 'channel.use', 'guarantee']);
});

test.each([
  { durability: 'none', guarantee: 'process', kept: false },
  { durability: 'none', guarantee: 'ephemeral', kept: true },
  { durability: 'process', guarantee: 'durable', kept: false },
  { durability: 'process', guarantee: 'process', kept: true },
  { durability: 'process', guarantee: undefined, kept: true },
  { durability: 'none', guarantee: undefined, kept: false },
  { durability: 'disk', guarantee: 'durable', kept: true },
] as const)(
  'a store of durability $durability keeps $guarantee: $kept',
  ({ durability, guarantee, kept }) => {
    const store = { ...capabilities.store, durability };
    const { problems } = checkGuarantees({ ...asked, guarantee }, { ...capabilities, store });
    expect(problems.map(({ path }) => path)).toEqual(kept ? [] : ['guarantee']);
  },
);

test('losing the broker loses no task, so its durability does not count', () => {
  const broker = { ...capabilities.broker, durability: 'none' } as const;
  expect(checkGuarantees({ ...asked, guarantee: 'durable' }, { ...capabilities, broker })).toMatchObject({
    level: 'durable',
    problems: [],
    warnings: [],
  });
});

test('a channel that forgets sooner than the store is allowed, and said aloud', () => {
  const channel = { ...capabilities.channel, durability: 'none' } as const;
  const { problems, warnings } = checkGuarantees(asked, { ...capabilities, channel });
  expect(problems).toEqual([]);
  expect(warnings).toMatchObject([{ path: 'channel.use' }]);
});

test('a store that cannot validate queries is refused until the config accepts snapshot', () => {
  const store = { ...capabilities.store, rangeValidation: false };
  const weaker = { ...capabilities, store };
  expect(checkGuarantees(asked, weaker).problems).toMatchObject([{ path: 'isolation' }]);
  expect(checkGuarantees({ ...asked, isolation: 'snapshot' }, weaker).problems).toEqual([]);
});
