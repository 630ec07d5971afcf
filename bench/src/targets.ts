/** A figure that was promised, and whether this run reached it. Ratios are medians of the ratios of the rounds. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly met: boolean;
}

/** All figures of a run: scenario → contender → one value per round. */
export type Rounds = ReadonlyMap<string, ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>>;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 1 ? middle : middle - 1],
    sorted[middle],
  ];
  return (low + high) / 2;
};

const valuesOf = (rounds: Rounds, scenario: string, contender: string, figure: string): readonly number[] =>
  (rounds.get(scenario)?.get(contender) ?? []).map((each) => each[figure] ?? Number.NaN);

/** What an issue asks: a figure, or its ratio to another one. `figure` is `rate` unless told. */
export interface Asked {
  readonly name: string;
  readonly of: readonly [scenario: string, contender: string, figure?: string];
  readonly over?: readonly [scenario: string, contender: string, figure?: string];
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Those of the figures that this run has measured. */
export const targetsOf = (asked: readonly Asked[], rounds: Rounds): readonly Target[] =>
  asked.flatMap(({ name, of, over, ...bounds }) => {
    const values = valuesOf(rounds, of[0], of[1], of[2] ?? 'rate');
    const others =
      over === undefined ? values.map(() => 1) : valuesOf(rounds, over[0], over[1], over[2] ?? 'rate');
    if (values.length === 0 || others.length === 0) return [];
    const value = median(values.map((each, round) => each / (others[round] ?? Number.NaN)));
    const met =
      value >= (bounds.atLeast ?? Number.NEGATIVE_INFINITY) &&
      value <= (bounds.atMost ?? Number.POSITIVE_INFINITY);
    return [{ name, value: Number(value.toPrecision(4)), ...bounds, met }];
  });
