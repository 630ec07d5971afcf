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

interface Asked {
  readonly name: string;
  readonly of: readonly [scenario: string, contender: string, figure?: string];
  readonly over?: readonly [scenario: string, contender: string, figure?: string];
  readonly atLeast?: number;
  readonly atMost?: number;
}

const normal = 'waybill sqlite normal';
const full = 'waybill sqlite full';

const asked: readonly Asked[] = [
  {
    name: 'end to end at 100, ours / plainjob',
    of: ['end to end 100', normal],
    over: ['end to end 100', 'plainjob'],
    atLeast: 3,
  },
  {
    name: 'end to end at 100 with one document, ours / plainjob without',
    of: ['end to end 100, one document', normal],
    over: ['end to end 100', 'plainjob'],
    atLeast: 3,
  },
  {
    name: 'bulk submit, ours / plainjob addMany',
    of: ['submit bulk 500', normal],
    over: ['submit bulk 500', 'plainjob'],
    atLeast: 0.5,
  },
  {
    name: 'bulk submit, ours / raw',
    of: ['submit bulk 500', normal],
    over: ['submit bulk 500', 'raw sqlite normal'],
    atLeast: 0.4,
  },
  {
    name: 'FULL: submit at 100 in flight / raw, one transaction per task',
    of: ['submit 100', full],
    over: ['submit 1', 'raw sqlite full'],
    atLeast: 10,
  },
  {
    name: 'cost per task at 1,000,000 waiting / at 100',
    of: ['cost at 1000000 waiting', normal, 'cost'],
    over: ['cost at 100 waiting', normal, 'cost'],
    atMost: 1.3,
  },
  {
    name: 'start latency p99, same process, ms',
    of: ['start latency, same process', normal, 'p99'],
    atMost: 5,
  },
  {
    name: 'start latency p99, other process, ms',
    of: ['start latency, other process', normal, 'p99'],
    atMost: 20,
  },
  { name: 'memory, end to end at 100, tasks/s', of: ['end to end 100', 'waybill memory'], atLeast: 100_000 },
  {
    name: 'framework overhead above null adapters, µs of CPU per task',
    of: ['framework overhead', 'null adapters', 'cost'],
    atMost: 15,
  },
  {
    name: 'noise: ours / ours again',
    of: ['end to end 100', normal],
    over: ['end to end 100', `${normal} (again)`],
    atLeast: 0.85,
    atMost: 1.15,
  },
];

/** Those of the figures that this run has measured. */
export const targetsOf = (rounds: Rounds): readonly Target[] =>
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
