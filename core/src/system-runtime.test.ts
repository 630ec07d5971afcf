import assert from 'node:assert/strict';
import { test } from 'vitest';
import { systemRuntime } from './system-runtime.ts';

test('ids are UUIDs of version 7, each of its own, in the order of their making', () => {
  const { id, now } = systemRuntime();
  const before = now();
  const ids = Array.from({ length: 20_000 }, id); // more than the counter of a millisecond has room for
  for (const each of ids)
    assert.match(each, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  const instants = [ids[0], ids.at(-1)].map((each = '') =>
    Number.parseInt(each.replace('-', '').slice(0, 12), 16),
  );
  assert.ok((instants[0] ?? 0) >= before - 10, 'the time of the first one');
  assert.ok((instants[1] ?? 0) <= now() + 10, 'the time of the last one');
});
