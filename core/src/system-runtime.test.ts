import assert from 'node:assert/strict';
import { afterEach, test, vi } from 'vitest';
import { systemRuntime } from './system-runtime.ts';

afterEach(() => vi.useRealTimers());

test('ids are UUIDs of version 7, in the order of their making, also where a millisecond has not room for them', () => {
  const now = Date.UTC(2031, 11, 12, 13, 14, 15, 167);
  vi.useFakeTimers({ now, toFake: ['Date'] }); // which stands still
  const ids = Array.from({ length: 20_000 }, () => systemRuntime().id());
  for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  for (const [i, id] of ids.entries()) assert.ok(i === 0 || id > (ids[i - 1] ?? ''), `${id} is out of order`);
  assert.equal(new Set(ids.map((id) => id.slice(-12))).size, ids.length, 'the random part of each');
  const instants = ids.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16));
  assert.equal(instants[0], now);
  const ahead = (instants.at(-1) ?? 0) - now; // each has room for 4,096, and begins below 2,048
  assert.ok(ahead === 4 || ahead === 5, `the last one is ${ahead} ms ahead`);
});
