import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type About, shareOut } from './share-out.ts';

const partitions = ['t/0', 't/1', 't/2', 't/3'];
const progress = { from: 3, next: 5, open: [3], out: [[4, 'a'] as [number, string]] };

const member = (id: string, about: Partial<About> = {}): { id: string; about: About } => ({
  id,
  about: { n: 0, since: 0, keep: [], offer: {}, want: ['t'], ...about },
});

const owners = (shares: ReturnType<typeof shareOut>): Record<string, readonly string[]> =>
  Object.fromEntries([...shares].map(([id, { own }]) => [id, Object.keys(own)]));

test('partitions that nobody has are shared out evenly among those who want some', () => {
  const shares = shareOut([member('a'), member('b'), member('c', { want: [] })], partitions);
  assert.deepEqual(owners(shares), { a: ['t/0', 't/2'], b: ['t/1', 't/3'], c: [] });
});

test('every partition has a holder, also if nobody wants any', () => {
  const shares = shareOut([member('a', { want: [] }), member('b', { want: [] })], partitions);
  assert.deepEqual([...shares.values()].flatMap(({ own }) => Object.keys(own)).sort(), partitions);
});

test('nobody loses what he goes on with; who has more than his part is asked to offer some', () => {
  const shares = shareOut([member('a', { keep: partitions }), member('b')], partitions);
  assert.deepEqual(owners(shares), { a: partitions, b: [] });
  assert.deepEqual(shares.get('a')?.release, ['t/0', 't/1']);
});

test('what is on offer goes with its progress to who wants it, else back', () => {
  const offering = member('a', { keep: ['t/1', 't/2', 't/3'], offer: { 't/0': progress }, want: [] });
  assert.deepEqual(shareOut([offering, member('b')], partitions).get('b')?.own, { 't/0': progress });
  const unwanted = shareOut([offering, member('b', { want: [] })], partitions);
  assert.deepEqual(unwanted.get('a')?.own['t/0'], progress);
});

test('of two who hold the same, the one with the later share is right', () => {
  const [late, early] = [
    member('late', { keep: ['t/0'], since: 7 }),
    member('early', { keep: ['t/0'], since: 6 }),
  ];
  const shares = shareOut([early, late], ['t/0']);
  assert.deepEqual(owners(shares), { early: [], late: ['t/0'] });
});
