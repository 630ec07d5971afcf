import type { Failure, TaskRecord } from '@waybill/core';
import { auditPackage } from './audit-package.ts';
import type { Findings } from './findings.ts';
import { licenceTable } from './licence-table.ts';
import { brokenPackage } from './rehearsal.ts';

/** What an audit found, as lines of text. `takenBack`: what the undo of the notices has written down. */
export const report = (
  { audited, deadLetters, rolledBack }: Findings,
  takenBack: readonly string[],
): readonly string[] => [
  ...section(
    'Rolled back',
    rolledBack.flatMap(describeRollback),
    takenBack.map((line) => `undone: deleted ${line}`),
  ),
  ...section('Dead letters', deadLetters.flatMap(describeDeadLetter)),
  ...section('Licences', licenceTable(audited)),
];

const section = (title: string, ...parts: readonly (readonly string[])[]): readonly string[] => {
  const lines = parts.flat();
  return ['', title, ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${line}`)];
};

const describeRollback = (task: TaskRecord): readonly string[] => [
  `${pathOf(task)}: ${task.phase} after ${(task.failures?.length ?? 0) + (task.phase === 'completed' ? 1 : 0)} attempts`,
  ...(task.failures ?? []).map(describeFailure),
];

const describeDeadLetter = (task: TaskRecord): readonly string[] => {
  const path = pathOf(task);
  const rehearsed =
    path === brokenPackage.name ? ' (part of the demonstration, see demo-broken/README.md)' : '';
  return [`${path}${rehearsed}`, ...(task.failures ?? []).map(describeFailure)];
};

const describeFailure = ({ attempt, class: kind, message }: Failure): string =>
  `  attempt ${attempt}, ${kind}: ${message}`;

/** The package that a task is about. */
export const pathOf = ({ input }: TaskRecord): string => {
  const parsed = auditPackage.input.safeParse(JSON.parse(input));
  return parsed.success ? parsed.data.path : 'a package';
};
