import type { Case } from './case.ts';
import type { Harness, Testable } from './harness.ts';
import { inWorld } from './world.ts';

export interface CaseReport {
  readonly id: string;
  readonly promise: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
}

export interface Report {
  readonly technology: string;
  readonly server: string;
  readonly cases: readonly CaseReport[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Why this case cannot be tried; undefined if it can. */
export const whyNot = <Tested extends Testable>(
  { needs = [] }: Case<Tested>,
  { capabilities }: Pick<Harness<Tested>, 'capabilities'>,
): string | undefined => {
  const missing = needs.filter((need) => !need.met(capabilities)).map((need) => need.otherwise);
  return missing.length === 0 ? undefined : missing.join('; ');
};

/** Tries one case. Never rejects and never hangs. */
export const runCase = async <Tested extends Testable>(
  tried: Case<Tested>,
  harness: Harness<Tested>,
): Promise<CaseReport> => {
  const { id, promise } = tried;
  const lacking = whyNot(tried, harness);
  if (lacking !== undefined) return { id, promise, result: 'skipped', reason: lacking };
  try {
    await inWorld(harness, (world) => tried.check(world));
    return { id, promise, result: 'passed' };
  } catch (error) {
    return { id, promise, result: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};

/** Cases and the harness to try them with, their type forgotten so that ports mix in one run. */
export interface Suite {
  readonly technology: string;
  server(): string | Promise<string>;
  run(tell: (report: CaseReport) => void): Promise<readonly CaseReport[]>;
  /** Disposes of the harness. */
  dispose(): Promise<void>;
}

export const suite = <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  harness: Harness<Tested>,
): Suite => ({
  technology: harness.technology,
  server: () => harness.server(),
  run: async (tell) => {
    const reports: CaseReport[] = [];
    for (const tried of cases) {
      const report = await runCase(tried, harness);
      reports.push(report);
      tell(report);
    }
    return reports;
  },
  dispose: () => harness.dispose(),
});

/** Tries all cases of one technology, one after the other. `tell` hears of each as it ends. */
export const run = async (
  suites: readonly [Suite, ...Suite[]],
  tell: (report: CaseReport) => void = () => undefined,
): Promise<Report> => {
  const servers = new Set<string>();
  const cases: CaseReport[] = [];
  for (const one of suites) {
    servers.add(await one.server());
    cases.push(...(await one.run(tell)));
  }
  const count = (result: CaseReport['result']): number =>
    cases.filter((each) => each.result === result).length;
  return {
    technology: suites[0].technology,
    server: [...servers].join(', '),
    cases,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
};
