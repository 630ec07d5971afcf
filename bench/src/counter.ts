/** Counts ends; `wait(n)` resolves when n more have come than were waited for. */
export const counter = () => {
  let have = 0;
  let total = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let tell: () => void = () => undefined;
  return {
    total: (): number => total,
    one: (): void => {
      total++;
      if (++have >= wanted) tell();
    },
    wait: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          have -= count;
          wanted = Number.POSITIVE_INFINITY;
          resolve();
        };
        if (have >= count) return done();
        wanted = count;
        tell = done;
      }),
  };
};
