import type { TaskRecord } from '@waybill/core';
import type { Entry } from '../history.ts';
import { journalOf } from '../records.ts';
import type { Step } from './walk.ts';

type Known = Extract<Entry, { kind: 'knows' }>;

/**
 * A worker does and undoes what it knows, and puts off what it does not: as long as it may, and no longer. So a task whose
 * topic somebody knows fails of it, and an undo of its effect, only where it was not to wait for that one.
 */
export const checkTopics = (
  history: readonly Entry[],
  steps: readonly Step[],
  unknownTopicMs: number,
): string[] => {
  const known = new Map<string, Known>();
  for (const entry of history) if (entry.kind === 'knows') known.set(entry.by, entry);
  return steps.flatMap((step) => {
    const wrong = [...problemsOf(step, { knows: knowsOf(step, known), unknownTopicMs }), ...miscounts(step)];
    return wrong.map((what) => `${step.taskId} ${what} (${step.by}, ${step.at.toFixed(2)} ms)`);
  });
};

/** Whether it knows what is to be done next. */
const knowsOf = ({ by, before }: Step, known: ReadonlyMap<string, Known>): boolean => {
  const its = known.get(by);
  if (its === undefined || before === undefined) return false;
  if (before.mode === 'run') return its.topics.includes(before.topic);
  const next = journalOf(before).findLast(({ state }) => state !== 'undone');
  return next === undefined || its.effects.includes(next.name);
};

function* problemsOf(
  { arrow, before, after }: Step,
  { knows, unknownTopicMs }: { readonly knows: boolean; readonly unknownTopicMs: number },
): Iterable<string> {
  const unknownMs = before?.unknownMs ?? 0;
  switch (arrow) {
    case 'postpone':
      if (knows) yield 'is put off by who knows what is to be done';
      if (unknownMs >= unknownTopicMs) yield `is put off after ${unknownMs} of ${unknownTopicMs} ms`;
      return;
    case 'complete':
      if (!knows) yield 'is completed by who does not know its topic';
      return;
    case 'journal':
      if (before?.mode === 'rollback' && !knows) yield 'is undone by who does not know its effect';
      return;
    case 'postpone-rollback':
      if (!isOfUnknownEffect(after)) return;
      if (knows) yield 'is not undone for an effect that its holder knows';
      if (unknownMs < unknownTopicMs)
        yield `is not undone for its effect after ${unknownMs} of ${unknownTopicMs} ms`;
      return;
    case 'fail':
    case 'begin-rollback':
      if (after?.failures?.at(-1)?.message.includes('knows the topic') !== true) return;
      if (knows) yield 'fails of its topic, which its holder knows';
      if (unknownMs < unknownTopicMs) yield `fails of its topic after ${unknownMs} of ${unknownTopicMs} ms`;
  }
}

const isOfUnknownEffect = (record: TaskRecord | undefined): boolean =>
  record?.failures?.at(-1)?.message.includes('is not registered') === true;

const isAnew = ({ arrow, before, after }: Step): boolean => {
  switch (arrow) {
    case 'fail':
    case 'begin-rollback':
    case 'end-rollback':
    case 'resume':
      return true;
    case 'postpone-rollback':
      return !isOfUnknownEffect(after);
    default:
      return before?.mode === 'run' && after?.mode === 'rollback';
  }
};

/** How long something was unknown is counted where it is, and anew where somebody knew it or it is another thing. */
function* miscounts(step: Step): Iterable<string> {
  const { arrow, before, after } = step;
  if (before === undefined || after === undefined || arrow === 'postpone') return;
  if (after.unknownMs !== (isAnew(step) ? undefined : before.unknownMs))
    yield `has been put off for ${after.unknownMs} ms after ${arrow}, and for ${before.unknownMs} ms before`;
}
