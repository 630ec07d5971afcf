import { attemptOf, type TaskRecord } from '@waybill/core';
import { statusPart } from './describe-task.ts';
import { durationText } from './duration-text.ts';
import type { Output } from './output.ts';
import type { Part } from './styled.ts';
import type { Column } from './table.ts';

const columns: readonly Column[] = [
  { title: 'ID' },
  { title: 'TOPIC', cut: true },
  { title: 'STATUS' },
  { title: 'QUEUE' },
  { title: 'PRIO', right: true },
  { title: 'TRIES', right: true },
  { title: 'AGE', right: true },
];

/** A line for each task; with the tenant if there are several, with the last error if one has failed. */
export const printTasks = (output: Output, tasks: readonly TaskRecord[], now: number): void => {
  const tenants = tasks.some(({ tenant }) => tenant !== 'default');
  const errors = tasks.some(({ failures = [] }) => failures.length > 0);
  const all: readonly Column[] = [
    ...columns,
    ...(tenants ? [{ title: 'TENANT', cut: true }] : []),
    ...(errors ? [{ title: 'LAST ERROR', cut: true }] : []),
  ];
  output.table(
    all,
    tasks.map((task): Part[] => [
      task.id,
      task.topic,
      statusPart(task),
      task.queue,
      `${task.priority}`,
      `${attemptOf(task)}/${task.attempts}`,
      durationText(now - task.submittedAt),
      ...(tenants ? [task.tenant] : []),
      ...(errors ? [lastError(task)] : []),
    ]),
  );
};

const lastError = ({ failures = [] }: TaskRecord): string => {
  const last = failures.at(-1);
  return last === undefined ? '' : `${last.code}: ${last.message}`;
};
