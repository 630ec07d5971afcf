import { expect, test } from 'vitest';
import { systemRuntime } from '../system-runtime.ts';
import { Turns } from './turns.ts';

/** A world whose event loop goes round when it is told to. */
const world = () => {
  const due: (() => void)[] = [];
  let now = 0;
  const turns = new Turns({
    ...systemRuntime(),
    monotonic: () => now,
    timer: (_ms, callback) => {
      due.push(callback);
      return { cancel: () => undefined };
    },
  });
  return {
    turns,
    pass: (ms: number): void => void (now += ms),
    goRound: async (): Promise<void> => {
      for (const callback of due.splice(0)) callback();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
};

test('whoever calls now and then, while the event loop goes round, waits for nothing', async () => {
  const { turns, pass, goRound } = world();
  for (const ms of [0, 100, 3, 1_000, 6, 6, 6]) {
    pass(ms);
    expect(turns.next()).toBeUndefined();
    await goRound();
  }
});

test('in one long turn the calls soon wait for the next one, all of them', async () => {
  const { turns, pass, goRound } = world();
  expect(turns.next()).toBeUndefined();
  pass(4);
  expect(turns.next()).toBeUndefined();
  pass(4);
  const waits = [turns.next(), turns.next()];
  let resolved = 0;
  for (const wait of waits) void wait?.then(() => resolved++);
  await Promise.resolve();
  expect(resolved).toBe(0);
  await goRound();
  await Promise.resolve();
  expect(resolved).toBe(2);
  expect(turns.next()).toBeUndefined();
});

test('after a turn that was seen the next long one is seen, too', async () => {
  const { turns, pass, goRound } = world();
  turns.next();
  await goRound();
  pass(6);
  expect(turns.next()).toBeUndefined();
  pass(6);
  expect(turns.next()).toBeInstanceOf(Promise);
});
