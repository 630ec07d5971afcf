import { expect, test } from 'vitest';
import { z } from 'zod';
import type { SubmitOptions } from '../submit-options.ts';
import { systemRuntime } from '../system-runtime.ts';
import { newTask, type NewTaskContext } from './new-task.ts';
import { defaultSettings } from './settings.ts';

const type = { topic: 'resize', input: z.object({}) };
const made = (options: SubmitOptions, more: Partial<NewTaskContext> = {}) =>
  newTask(type, {}, options, {
    runtime: systemRuntime(),
    settings: defaultSettings,
    storeNow: 1_000,
    ...more,
  });

test('a task that is submitted with nothing more has no further fields', () => {
  const record = made({});
  for (const name of ['deadlineAt', 'idempotencyKey', 'submission', 'parent', 'traceparent'])
    expect(record).not.toHaveProperty(name);
});

test('a task keeps what it is submitted with, and whose child it is', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const options = { deadlineAt: 2_000, idempotencyKey: 'once', traceparent };
  expect(made(options, { parent: 'another' })).toMatchObject({ ...options, parent: 'another' });
});

test('each submission with a key is told apart', () => {
  const [one, other] = [made({ idempotencyKey: 'once' }), made({ idempotencyKey: 'once' })];
  expect(one.id).toBe(other.id);
  expect(one.submission).toEqual(expect.any(String));
  expect(one.submission).not.toBe(other.submission);
});
