import { attemptOf, type Failure, type TaskRecord } from '@waybill/core';
import { isMadeBy } from '../ids.ts';
import { journalOf } from '../records.ts';
import { type Arrow, holdersOnly } from './arrows.ts';
import type { Step } from './walk.ts';

/** G3, G7: every step is an arrow of the state machine, taken by who may take it; what was said is not unsaid. */
export const checkLifecycle = (steps: readonly Step[]): string[] => {
  const found: string[] = [];
  const runs = new Map<string, number>();
  for (const step of steps) {
    const { taskId, before, after, by, arrow } = step;
    const wrong = (what: string): void =>
      void found.push(`${taskId}: ${what} (${by}, ${step.at.toFixed(2)} ms)`);
    if (arrow === undefined) wrong(`no arrow leads from ${nameOf(before)} to ${nameOf(after)}`);
    else if (holdersOnly.has(arrow) && !isMadeBy(before?.owner, by))
      wrong(`${arrow} by who does not hold it`);
    if (before === undefined || after === undefined) continue;
    for (const problem of [...constants(before, after), ...journals(before, after), ...progress(after)])
      wrong(problem);
    if (arrow === 'fail' && journalOf(before).some(({ state }) => state === 'done'))
      wrong('fails with its effects on');
    if (before.mode !== 'run') continue;
    const run = (runs.get(taskId) ?? 0) + attemptsBy(arrow);
    runs.set(taskId, run);
    if (arrow === 'claim') for (const problem of attempts(after, run)) wrong(problem);
    if (after.phase === 'failed') for (const problem of exhaustion(after, run)) wrong(problem);
  }
  return found;
};

const attemptsBy = (arrow: Arrow | undefined): number =>
  arrow === 'claim' ? 1 : arrow === 'give-back' || arrow === 'postpone' ? -1 : 0;

const nameOf = (record: TaskRecord | undefined): string =>
  record === undefined ? 'nothing' : `${record.phase}/${record.mode} epoch ${record.epoch}`;

function* constants(before: TaskRecord, after: TaskRecord): Iterable<string> {
  for (const name of ['topic', 'input', 'attempts', 'submittedAt', 'queue', 'parent', 'submission'] as const)
    if (before[name] !== after[name]) yield `${name} has changed`;
  if (after.forgiven < before.forgiven) yield 'forgiven shrinks';
  if (after.round < before.round) yield 'round shrinks';
  const [old = [], now = []] = [before.failures, after.failures];
  if (!old.every((failure, i) => failure.failedAt === now[i]?.failedAt)) yield 'a failure was forgotten';
}

/** G6: an entry goes from intent to done to undone, the last effect is undone first, and none is forgotten. */
function* journals(before: TaskRecord, after: TaskRecord): Iterable<string> {
  if (before.journal === after.journal) return;
  const order = ['intent', 'done', 'undone'];
  const [old, now] = [journalOf(before), journalOf(after)];
  const isCleared = after.journal === undefined && after.round === before.round + 1;
  if (isCleared) {
    if (old.some(({ state }) => state !== 'undone')) yield 'the journal is cleared before all is undone';
    return;
  }
  for (const entry of old) {
    const same = now.find(({ key }) => key === entry.key);
    if (same === undefined) yield `effect ${entry.key} was forgotten`;
    else if (order.indexOf(same.state) < order.indexOf(entry.state))
      yield `effect ${entry.key} goes back from ${entry.state} to ${same.state}`;
    else if (same.state === 'undone' && now.some(({ seq, state }) => seq > same.seq && state !== 'undone'))
      yield `effect ${entry.key} is undone before a later one`;
  }
  if (after.mode === 'rollback' && now.length > old.length) yield 'an effect is begun in a rollback';
}

/** The workload writes its epoch into its progress. */
function* progress(after: TaskRecord): Iterable<string> {
  const { progress, epoch, phase, mode } = after;
  if (phase === 'held' && mode === 'run' && progress !== undefined && Number(progress.message) > epoch)
    yield `shows the progress of epoch ${progress.message} in epoch ${epoch}`;
}

const isOfUndo = ({ message }: Failure): boolean => message.startsWith('undo: ');

/** A failed attempt counts, once; one that was given back or put off does not. */
function* attempts(record: TaskRecord, run: number): Iterable<string> {
  if (attemptOf(record) !== run) yield `counts attempt ${attemptOf(record)}, and it is attempt ${run}`;
  if (run > record.attempts) yield `attempt ${run} of ${record.attempts}`;
  const failed = (record.failures ?? []).filter((failure) => !isOfUndo(failure)).length;
  if (failed !== run - 1) yield `attempt ${run} begins after ${failed} failures`;
}

/** A dead letter has used what attempts it had, or its last failure was for good. */
function* exhaustion(record: TaskRecord, run: number): Iterable<string> {
  const last = record.failures?.findLast((failure) => !isOfUndo(failure));
  if (last === undefined) yield 'failed without a failure';
  else if (last.class !== 'permanent' && run < record.attempts)
    yield `failed for good at attempt ${run} of ${record.attempts}`;
}
