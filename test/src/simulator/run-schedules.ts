import { setImmediate as turn } from 'node:timers/promises';
import type { Mutant } from './mutants/mutant.ts';
import type { StoreKind } from './deployment.ts';
import { runSchedule, type ScheduleReport } from './schedule.ts';

export interface RunOptions {
  readonly firstSeed: number;
  readonly schedules: number;
  readonly mutant?: Mutant | undefined;
  readonly store?: StoreKind | undefined;
  /** Ends with the first schedule that breaks a promise. */
  readonly untilFound?: boolean;
  readonly onProgress?: (done: number, broken: number) => void;
}

/** What many schedules came to. */
export interface RunReport {
  readonly schedules: number;
  readonly steps: number;
  readonly tasks: number;
  readonly virtualMs: number;
  readonly realMs: number;
  /** How many of them were run twice, to the same hash. */
  readonly replayed: number;
  readonly broken: readonly ScheduleReport[];
}

/** One in so many seeds is run a second time: the same things must happen at the same instants. */
const replayEvery = 100;

/** Runs the schedules of consecutive seeds, one after the other. */
export const runSchedules = async (options: RunOptions): Promise<RunReport> => {
  const { firstSeed, schedules, mutant, store, untilFound, onProgress } = options;
  const total = { schedules: 0, steps: 0, tasks: 0, virtualMs: 0, replayed: 0 };
  const broken: ScheduleReport[] = [];
  const begun = performance.now();
  const rejections: unknown[] = [];
  const notice = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', notice);
  // Every simulated fault is an error, and taking its stack costs more than the fault. `--show` keeps them.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
      const report = await runSchedule(seed, { mutant, store });
      await turn(); // lets Node tell of rejections that nobody handles
      const violations = [...report.violations, ...rejections.splice(0).map(unhandled)];
      total.schedules++;
      total.steps += report.steps;
      total.tasks += report.tasks;
      total.virtualMs += report.virtualMs;
      if (mutant === undefined && seed % replayEvery === 0) {
        total.replayed++;
        const { hash } = await runSchedule(seed, { store });
        if (hash !== report.hash) violations.push(`not repeatable: ${report.hash}, then ${hash}`);
      }
      if (violations.length > 0) broken.push({ ...report, violations });
      onProgress?.(total.schedules, broken.length);
      if (untilFound === true && broken.length > 0) break;
    }
  } finally {
    process.off('unhandledRejection', notice);
    Error.stackTraceLimit = stackTraceLimit;
  }
  return { ...total, realMs: performance.now() - begun, broken };
};

const unhandled = (reason: unknown): string =>
  `a rejection that nobody handled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`;
