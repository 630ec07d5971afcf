import type { Contender } from './contender.ts';

/** Counts how often each task is started. A figure of a run that lost a task, or ran one twice, counts for nothing. */
export const watchDeliveries = (contender: Contender, tasks: number): Deliveries => {
  const times = new Uint8Array(tasks);
  contender.onStart = (n) => {
    times[n] = (times[n] ?? 0) + 1;
  };
  const refuse = (isWrong: (starts: number) => boolean): void => {
    const wrong = times.filter(isWrong).length;
    if (wrong > 0) throw new Error(`${wrong} of ${tasks} tasks were not delivered exactly once`);
  };
  return { once: () => refuse((starts) => starts !== 1), notTwice: () => refuse((starts) => starts > 1) };
};

export interface Deliveries {
  /** Throws unless every task was started, and none of them twice. */
  once(): void;
  /** Throws if a task was started twice; others may still wait. */
  notTwice(): void;
}
