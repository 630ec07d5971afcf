import type { ConfigProblem } from '@waybill/core';

/** The problems of a config for programs, if the error has any; what is behind them stays inside. */
export const viewProblems = (error: object): readonly Omit<ConfigProblem, 'cause'>[] => {
  if (!('problems' in error) || !Array.isArray(error.problems)) return [];
  const problems: readonly ConfigProblem[] = error.problems;
  return problems.map(({ path, message, origin, notes, suggestion, fix }) => ({
    ...{ path, message },
    ...(origin === undefined ? {} : { origin }),
    ...(notes === undefined ? {} : { notes }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(fix === undefined ? {} : { fix }),
  }));
};
