import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Sleepers } from './sleepers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Tells who has woken so far, in turn. */
const watch = () => {
  const sleepers = new Sleepers<string>();
  const awake: string[] = [];
  const sleep = (name: string, ms: number, signal?: AbortSignal): Promise<void> =>
    sleepers.sleep(ms, signal, name).then(() => void awake.push(name));
  return { sleepers, awake, sleep };
};

test('each is woken by what it waits for, by time, or by its signal, once', async () => {
  const { sleepers, awake, sleep } = watch();
  const abort = new AbortController();
  void sleep('tea', 1_000);
  void sleep('cake', 50);
  void sleep('a call', 1_000, abort.signal);
  expect(sleepers.waitFor).toEqual(['tea', 'cake', 'a call']);

  expect(sleepers.wake((wish) => wish === 'tea')).toBe(1);
  await vi.advanceTimersByTimeAsync(49);
  expect(awake).toEqual(['tea']);
  await vi.advanceTimersByTimeAsync(1);
  expect(awake).toEqual(['tea', 'cake']);
  abort.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(awake).toEqual(['tea', 'cake', 'a call']);
  expect([sleepers.size, vi.getTimerCount()]).toEqual([0, 0]);
});

test('all are woken at once where nothing else is said, and nobody sleeps whose signal has aborted', async () => {
  const { sleepers, awake, sleep } = watch();
  void sleep('tea', 1_000);
  void sleep('cake', 1_000);
  await sleep('a call', 1_000, AbortSignal.abort());
  expect(awake).toEqual(['a call']);

  expect(sleepers.wake()).toBe(2);
  await vi.advanceTimersByTimeAsync(0);
  expect(awake).toEqual(['a call', 'tea', 'cake']);
  expect(sleepers.wake()).toBe(0);
});
