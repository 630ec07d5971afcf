import { parseArgs } from 'node:util';
import { mutants } from './mutants/mutants.ts';
import { type RunReport, runSchedules } from './run-schedules.ts';
import { runSchedule, type ScheduleOptions } from './schedule.ts';

const usage = `npm run simulate -- [options]

  --schedules N   how many (default 1000)
  --seed S        of the first; the next ones follow (default 1)
  --store KIND    native (default) or journaled: the protocol for stores that change one document at a time
  --show          the timeline of the first schedule that breaks a promise, or of the only one
  --mutant NAME   with this bug planted
  --mutants       every planted bug, and how many schedules it took to find it
  --json          for programs`;

const storeKinds = ['native', 'journaled'] as const;

/** Until a planted bug counts as not found. */
const mutantSchedules = 10_000;

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      show: { type: 'boolean', default: false },
      store: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [schedules, firstSeed] = [Number(values.schedules), Number(values.seed)];
  const mutant = mutants.find(({ name }) => name === values.mutant);
  const isWrong = !Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(firstSeed);
  const store = storeKinds.find((kind) => kind === values.store);
  if (
    values.help ||
    isWrong ||
    (values.store !== undefined && store === undefined) ||
    (values.mutant !== undefined && mutant === undefined)
  ) {
    console.log(
      `${usage}\n\nPlanted bugs:\n${mutants.map(({ name, bug }) => `  ${name.padEnd(36)} ${bug}`).join('\n')}`,
    );
    return values.help ? 0 : 2;
  }
  if (values.mutants) return hunt(firstSeed, values.json);
  const report = await runSchedules({ firstSeed, schedules, mutant, store, onProgress: progress() });
  print(report, values.json);
  const seed = report.broken[0]?.seed ?? (schedules === 1 ? firstSeed : undefined);
  if (values.show && seed !== undefined) await show(seed, { mutant, store });
  return report.broken.length === 0 ? 0 : 1;
};

/** Every mutant in turn, until it is found. */
const hunt = async (firstSeed: number, json: boolean): Promise<number> => {
  const found: {
    readonly name: string;
    readonly schedules: number | undefined;
    readonly violation: string;
  }[] = [];
  for (const mutant of mutants) {
    const { schedules, broken } = await runSchedules({
      firstSeed,
      schedules: mutantSchedules,
      mutant,
      untilFound: true,
    });
    const violation = broken[0]?.violations[0] ?? mutant.directed ?? 'NOT FOUND';
    found.push({ name: mutant.name, schedules: broken.length === 0 ? undefined : schedules, violation });
    if (!json)
      console.log(
        `${mutant.name.padEnd(36)} ${String(broken.length === 0 ? '-' : schedules).padStart(6)}  ${violation}`,
      );
  }
  if (json) console.log(JSON.stringify(found));
  return found.every(({ violation }) => violation !== 'NOT FOUND') ? 0 : 1;
};

const print = (report: RunReport, json: boolean): void => {
  const { broken, ...figures } = report;
  const perSecond = Math.round((report.schedules / report.realMs) * 1_000);
  if (json) {
    console.log(
      JSON.stringify({
        ...figures,
        perSecond,
        broken: broken.map(({ seed, violations }) => ({ seed, violations })),
      }),
    );
    return;
  }
  for (const { seed, violations } of broken.slice(0, 10)) {
    console.log(`seed ${seed}:`);
    for (const violation of violations.slice(0, 5)) console.log(`  ${violation}`);
    console.log(`  again: npm run simulate -- --schedules 1 --seed ${seed} --show`);
  }
  const { schedules, steps, tasks, virtualMs, replayed } = report;
  console.log(
    `${schedules} schedules, ${broken.length} broke a promise; ${tasks} tasks, ${steps} steps, ` +
      `${Math.round(virtualMs / 60_000)} virtual minutes; ${replayed} replayed; ${perSecond} schedules/s`,
  );
};

const show = async (seed: number, options: ScheduleOptions): Promise<void> => {
  const { timeline, hash } = await runSchedule(seed, { ...options, show: true });
  console.log(`\nseed ${seed}, hash ${hash}: virtual ms, who, what\n${timeline.join('\n')}`);
};

/** On a terminal only. */
const progress = (): ((done: number, broken: number) => void) => {
  if (!process.stderr.isTTY) return () => undefined;
  return (done, broken) => {
    if (done % 100 === 0) process.stderr.write(`\r${done} schedules, ${broken} broken `);
  };
};

process.exitCode = await main();
