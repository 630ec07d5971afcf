/** `npm run simulate`: schedules of faults, each from a seed, and what the checks say of them. */
import { mutants, schedulesPerMutant } from './mutants/mutants.ts';
import { again, type Options, readOptions, usage } from './options.ts';
import { type RunReport, runSchedules } from './run-schedules.ts';
import { runSchedule } from './schedule.ts';

const simulate = async (options: Options): Promise<number> => {
  const report = await runSchedules({ ...options, onProgress: progress() });
  print(report, options);
  const { schedules, firstSeed } = options;
  const seed = report.broken[0]?.seed ?? (schedules === 1 ? firstSeed : undefined);
  if (options.show && seed !== undefined) await show(seed, options);
  return report.broken.length === 0 ? 0 : 1;
};

/** Every mutant in turn, until it is found. */
const hunt = async ({ firstSeed, json }: Options): Promise<number> => {
  const found: {
    readonly name: string;
    readonly schedules: number | undefined;
    readonly violation: string;
  }[] = [];
  for (const mutant of mutants) {
    const { schedules, broken } = await runSchedules({
      firstSeed,
      schedules: schedulesPerMutant,
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

const print = (report: RunReport, options: Options): void => {
  const { broken, ...figures } = report;
  const perSecond = Math.round((report.schedules / report.realMs) * 1_000);
  const { firstSeed } = options;
  if (options.json) {
    console.log(
      JSON.stringify({
        firstSeed,
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
    console.log(`  again: ${again(seed, options)}`);
  }
  const { schedules, steps, tasks, virtualMs, replayed } = report;
  console.log(
    `${schedules} schedules (seeds ${firstSeed} to ${firstSeed + schedules - 1}), ${broken.length} broke a promise; ` +
      `${tasks} tasks, ${steps} steps, ` +
      `${Math.round(virtualMs / 60_000)} virtual minutes; ${replayed} replayed; ${perSecond} schedules/s`,
  );
};

const show = async (seed: number, { mutant, store }: Options): Promise<void> => {
  const { timeline, hash } = await runSchedule(seed, { mutant, store, show: true });
  console.log(`\nseed ${seed}, hash ${hash}: virtual ms, who, what\n${timeline.join('\n')}`);
};

/** On a terminal only. */
const progress = (): ((done: number, broken: number) => void) => {
  if (!process.stderr.isTTY) return () => undefined;
  return (done, broken) => {
    if (done % 100 === 0) process.stderr.write(`\r${done} schedules, ${broken} broken `);
  };
};

const readOrExplain = (): Options | undefined => {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
};

const options = readOrExplain();
if (options === undefined) process.exitCode = 2;
else if (options.help) console.log(usage);
else process.exitCode = await (options.hunt ? hunt(options) : simulate(options));
