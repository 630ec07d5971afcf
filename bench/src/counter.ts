/** Counts ends; `wait(n)` resolves when n more have come. */
export const counter = () => {
  let have = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let tell: () => void = () => undefined;
  return {
    one: (): void => {
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
