import assert from 'node:assert/strict';
import { test } from 'vitest';
import { HeldPartition, type Progress } from './held-partition.ts';
import type { KafkaRecord } from './kafka-client.ts';
import { readNote, toNote } from './progress-note.ts';

const place = { topic: 't', partition: 0 };
const fromStart: Progress = { from: 0, next: 0, open: [], out: [] };
const record = (offset: number): KafkaRecord => ({ offset, at: 0, key: '', value: `v${offset}` });
const records = (from: number, to: number): KafkaRecord[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i));

const held = (progress: Progress, to = 10): HeldPartition<string> => {
  const partition = new HeldPartition(place, progress, ({ value }) => (value === 'v7' ? undefined : value));
  partition.read(records(progress.from, to), to, to);
  return partition;
};

const offsets = (entries: readonly { readonly offset: number }[]): number[] =>
  entries.map(({ offset }) => offset);

test('records are lent in order, once, without those that are not for us', () => {
  const partition = held(fromStart);
  assert.deepEqual(offsets(partition.take(4)), [0, 1, 2, 3]);
  assert.deepEqual(offsets(partition.take(20)), [4, 5, 6, 8, 9]);
  assert.deepEqual(partition.take(1), []);
});

test('what is given back comes first, at its place', () => {
  const partition = held(fromStart);
  partition.take(4);
  partition.giveBack(2);
  partition.giveBack(1);
  assert.deepEqual(offsets(partition.take(3)), [1, 2, 4]);
});

test('the committed offset stays before everything that is not done with', () => {
  const partition = held(fromStart);
  partition.take(5);
  for (const done of [0, 1, 3]) partition.settle(done);
  partition.giveBack(4);
  assert.deepEqual(partition.progress('me'), { from: 2, next: 5, open: [4], out: [[2, 'me']] });
  partition.settle(2);
  assert.equal(partition.progress('me').from, 4);
});

test('a new holder delivers exactly what is open, keeps off what others have, and goes on behind it', () => {
  const partition = held({ from: 2, next: 6, open: [4], out: [[2, 'other']] });
  assert.deepEqual(offsets(partition.take(10)), [4, 6, 8, 9]);
  assert.equal(partition.isOnLoanElsewhere, true);
  partition.endedElsewhere(2, false);
  assert.deepEqual(offsets(partition.take(10)), [2]);
});

test('what a member had on loan is delivered when it is gone, and never when it has settled it', () => {
  const far: Progress = {
    from: 2,
    next: 6,
    open: [],
    out: [
      [2, 'dead'],
      [3, 'dead'],
      [5, 'alive'],
    ],
  };
  const partition = held(far, 6);
  partition.endedElsewhere(3, true);
  assert.equal(
    partition.takeFrom((holder) => holder === 'dead'),
    true,
  );
  assert.deepEqual(offsets(partition.take(10)), [2]);
});

test('progress that is handed on while it is read again loses nothing', () => {
  const far: Progress = { from: 2, next: 9, open: [4, 8], out: [[3, 'other']] };
  const partition = new HeldPartition(place, far, ({ value }) => value);
  partition.read(records(2, 4), 4, 20);
  assert.deepEqual(partition.progress('me'), { from: 3, next: 9, open: [4, 8], out: [[3, 'other']] });
});

test('what was cleared is forgotten, and what is on loan is not', () => {
  const partition = held(fromStart);
  const [first] = partition.take(1);
  partition.dropBefore(9);
  assert.deepEqual(offsets(partition.take(10)), [9]);
  assert.deepEqual(partition.progress('me').out[0], [first?.offset, 'me']);
});

test('a note says what the offset does not, and nothing where it would be too long', () => {
  const far: Progress = { from: 2, next: 6, open: [4], out: [[2, 'me']] };
  assert.deepEqual(readNote({ ...place, offset: 2, note: toNote(far) }), far);
  const open = Array.from({ length: 2_000 }, (_, i) => i);
  assert.equal(toNote({ from: 0, next: 5_000, open, out: [] }), '');
  for (const note of ['', 'nonsense', '{"n":"x"}'])
    assert.deepEqual(readNote({ ...place, offset: 2, note }), { from: 2, next: 2, open: [], out: [] });
});
