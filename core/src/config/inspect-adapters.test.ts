import { expect, test } from 'vitest';
import type { Finding } from '../adapter.ts';
import { fakeAdapter, fakeSections } from './fake-adapter.fixture.ts';
import { inspectAdapters } from './inspect-adapters.ts';
import { loadConfig } from './load-config.ts';

const evicting: Finding = {
  level: 'refuse',
  code: 'WB_EVICTION',
  message: 'keys may vanish',
  fix: 'noeviction',
};
const old: Finding = { level: 'warn', code: 'WB_OLD', message: 'the server is old', fix: 'upgrade it' };

test('findings become problems and warnings of their port', async () => {
  const store = {
    ...fakeAdapter('store'),
    inspect: async () => ({ server: 'Fake 1.0', findings: [evicting, old] }),
  };
  const { adapters } = await loadConfig({
    cwd: '/',
    env: {},
    config: { ...fakeSections(), store: { use: store } },
  });
  expect(await inspectAdapters(adapters)).toMatchObject({
    servers: { store: { server: 'Fake 1.0' }, broker: { server: 'none' } },
    problems: [{ path: 'store', message: 'keys may vanish (WB_EVICTION)', fix: 'noeviction' }],
    warnings: [{ path: 'store', message: 'the server is old (WB_OLD)' }],
  });
});
