import type { Config, QueueName } from '@waybill/core';

/** How many tasks of each queue run at once here: as typed, else as the config says. */
export const slotsOf = (
  { queues }: Pick<Config, 'queues'>,
  { only, concurrency }: { readonly only: readonly QueueName[]; readonly concurrency?: number | undefined },
): Readonly<Record<QueueName, number>> => {
  const of = (queue: QueueName): number => (only.includes(queue) ? (concurrency ?? queues[queue].max) : 0);
  return { critical: of('critical'), normal: of('normal'), batch: of('batch') };
};

export const slotsText = (slots: Readonly<Record<QueueName, number>>): string =>
  `critical ${slots.critical} · normal ${slots.normal} · batch ${slots.batch}`;
