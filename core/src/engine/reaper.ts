import { queueNames } from '../broker.ts';
import type { EngineContext } from './engine-context.ts';
import { policyOf } from './attempt-policy.ts';
import { returnTicketOf } from './submitter.ts';
import { attemptOf, type TaskRecord, taskKey, taskOf, tasksCollection } from './task-record.ts';
import { failureOf, reap } from './transitions.ts';

/**
 * Takes tasks back from workers whose lease has run out, so that a dead worker's task runs elsewhere within a
 * lease and one sweep. The attempt counts: a task that kills its worker must not do so for ever. Answers how
 * many were taken back.
 */
export const reapExpired = async (context: EngineContext): Promise<number> => {
  const { store, clock } = context;
  let reaped = 0;
  for (const queue of queueNames) {
    const { documents } = await store.find({
      collection: tasksCollection.name,
      index: 'phase',
      equals: ['held', queue],
      range: { max: clock.now() },
      limit: 500,
    });
    const taken = await Promise.all(documents.map((stored) => reapOne(context, taskOf(stored))));
    reaped += taken.filter(Boolean).length;
  }
  return reaped;
};

const reapOne = async (context: EngineContext, record: TaskRecord): Promise<boolean> => {
  const { clock, settings, committer, runtime, tickets, hints, log } = context;
  const now = clock.now();
  const policy = policyOf(record, undefined, settings);
  const attempts = policy.classes?.crash?.attempts ?? policy.attempts;
  const failure = failureOf(
    record,
    { class: 'crash', code: 'WB_LEASE_EXPIRED', message: 'the worker stopped renewing its lease' },
    now,
  );
  const final = attemptOf(record) >= attempts;
  await context.points.reach('reap.before');
  const outcome = await committer.commit(
    reap(record, { failure, final, now, keepUntil: now + settings.keepFailedMs }),
    {
      proof: { key: taskKey(record.tenant, record.id), fields: { nonce: record.nonce, phase: 'available' } },
      until: runtime.monotonic() + settings.requestMs,
    },
  );
  await context.points.reach('reap.after');
  if (outcome.result === 'conflict') return false;
  log('warn', 'task.reaped', {
    taskId: record.id,
    topic: record.topic,
    attempt: attemptOf(record),
    owner: record.owner,
  });
  tickets.offer([returnTicketOf(record)]);
  hints.give({ kind: 'changed', tenant: record.tenant, taskId: record.id });
  return true;
};
