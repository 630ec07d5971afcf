import assert from 'node:assert/strict';
import { test } from 'vitest';
import { fromAssignment, fromSubscription, toAssignment, toSubscription } from './consumer-protocol.ts';

const words = Buffer.from('{"n":1}');

test('a subscription is one that Kafka can read, version 0', () => {
  const expected = [
    '0000',
    '00000001',
    '0003',
    Buffer.from('abc').toString('hex'),
    '00000007',
    words.toString('hex'),
  ];
  assert.equal(toSubscription(['abc'], words).toString('hex'), expected.join(''));
});

test('an assignment is one that Kafka can read, version 0', () => {
  const places = [
    { topic: 'abc', partition: 0 },
    { topic: 'abc', partition: 2 },
  ];
  const topic = ['0003', Buffer.from('abc').toString('hex'), '00000002', '00000000', '00000002'];
  const expected = ['0000', '00000001', ...topic, '00000007', words.toString('hex')];
  assert.equal(toAssignment({ places, share: words }).toString('hex'), expected.join(''));
});

test('what a member says, and what it is told, arrive as they were', () => {
  assert.deepEqual(fromSubscription(toSubscription(['a', 'b'], words)), words);
  const places = [
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 0 },
  ];
  assert.deepEqual(fromAssignment(toAssignment({ places, share: words })), words);
});

test('what is neither says nothing, whatever it is', () => {
  for (const bytes of [Buffer.alloc(0), words, Buffer.alloc(100, 0xff)]) {
    assert.deepEqual(fromSubscription(bytes), Buffer.alloc(0));
    assert.deepEqual(fromAssignment(bytes), Buffer.alloc(0));
  }
});
