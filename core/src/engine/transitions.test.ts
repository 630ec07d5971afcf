import assert from 'node:assert/strict';
import { test } from 'vitest';
import { placeOf, type TaskRecord } from './task-record.ts';
import { create } from './transitions.ts';

const record: TaskRecord = {
  id: 'one',
  tenant: 'acme',
  topic: 'resize',
  input: '{}',
  queue: 'normal',
  priority: 5,
  phase: 'available',
  mode: 'run',
  at: placeOf(5, 1_000),
  epoch: 0,
  forgiven: 0,
  attempts: 3,
  nonce: '',
  round: 0,
  journalWrites: 0,
  submittedAt: 1_000,
};

test.each([
  ['the fields of most', record],
  ['one more', { ...record, parent: 'another' }],
  ['many more', { ...record, deadlineAt: 2_000, idempotencyKey: 'k', submission: 's', traceparent: 't' }],
])('a task with %s is created with all but its key', (_, task) => {
  const { id, tenant, ...fields } = task;
  const { expect, writes } = create(task);
  const key = { collection: 'waybill.tasks', tenant, id };
  assert.deepEqual(expect, [{ kind: 'absent', key }]);
  assert.deepEqual(writes, [{ kind: 'put', key, fields }]);
});
