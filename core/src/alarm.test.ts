import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Alarm } from './alarm.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const state = async (waiting: Promise<void>): Promise<string> => {
  await vi.advanceTimersByTimeAsync(0);
  return Promise.race([waiting.then(() => 'awake'), Promise.resolve('asleep')]);
};

test('who waits is woken by the alarm, by time and by an abort', async () => {
  const alarm = new Alarm();
  const byAlarm = alarm.wait(1_000, new AbortController().signal);
  expect(await state(byAlarm)).toBe('asleep');
  alarm.ring();
  await byAlarm;

  alarm.reset();
  const byTime = alarm.wait(1_000, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(999);
  expect(await state(byTime)).toBe('asleep');
  await vi.advanceTimersByTimeAsync(1);
  await byTime;

  const controller = new AbortController();
  const byAbort = alarm.wait(1_000, controller.signal);
  controller.abort();
  await byAbort;
  expect(vi.getTimerCount()).toBe(0);
});

test('an alarm since the last reset is not missed', async () => {
  const alarm = new Alarm();
  alarm.reset();
  alarm.ring();
  await alarm.wait(1_000, new AbortController().signal);
  alarm.reset();
  const waiting = alarm.wait(1_000, new AbortController().signal);
  expect(await state(waiting)).toBe('asleep');
  alarm.ring();
  await waiting;
});
