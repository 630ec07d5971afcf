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
    watched: (): number => due.length,
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
  for (const ms of [0, 100, 3, 1_000, 11, 11, 11]) {
    pass(ms);
    expect(turns.next()).toBeUndefined();
    await goRound();
  }
});

test('a loop that was seen a moment ago is not watched again', async () => {
  const { turns, watched, pass, goRound } = world();
  turns.next();
  expect(watched()).toBe(1);
  await goRound();
  pass(3);
  turns.next();
  expect(watched()).toBe(0);
});

test('in one long turn the calls soon wait for the next one, all of them', async () => {
  const { turns, pass, goRound } = world();
  expect(turns.next()).toBeUndefined();
  pass(8);
  expect(turns.next()).toBeUndefined();
  pass(8);
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

test('calls that are long themselves wait for a turn each', async () => {
  const { turns, pass, goRound } = world();
  turns.next();
  for (let n = 0; n < 3; n++) {
    pass(20);
    expect(turns.next()).toBeInstanceOf(Promise);
    await goRound();
  }
});

test('after a turn that was seen the next long one is seen, too', async () => {
  const { turns, pass, goRound } = world();
  turns.next();
  await goRound();
  pass(11);
  expect(turns.next()).toBeUndefined();
  pass(11);
  expect(turns.next()).toBeInstanceOf(Promise);
});
