import type { Contender } from './contender.ts';
import { cpuSince, rate } from './scenario.ts';

/**
 * Rate of so many tasks in the time that `work` takes, with CPU of this process and of the server in microseconds per
 * task, commands and reads of the server per task.
 */
export const metered = async (
  { usage }: Contender,
  count: number,
  work: () => Promise<void>,
): Promise<Readonly<Record<string, number>>> => {
  const before = await usage?.();
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const figures = { rate: rate(count, from), nodeUs: cpuSince(cpu) / count };
  const after = await usage?.();
  if (before === undefined || after === undefined) return figures;
  return {
    ...figures,
    serverUs: (after.cpu - before.cpu) / count,
    commands: (after.commands - before.commands) / count,
    reads: (after.reads - before.reads) / count,
  };
};
