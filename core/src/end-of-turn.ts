let waiting: (() => void)[] = [];

/** Calls back when no microtask of this turn of the event loop is left: all that it leads to by itself has happened. */
export const atEndOfTurn = (callback: () => void): void => {
  if (waiting.push(callback) === 1) process.nextTick(callAll);
};

const callAll = (): void => {
  const called = waiting;
  waiting = [];
  for (const callback of called) callback();
};
