import { ConflictError, LeaseLostError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Transaction, Write } from '../store.ts';
import { lookAgain } from './claims.ts';
import type { EngineContext } from './engine-context.ts';
import { faultOf } from './fault-of.ts';
import type { Lease } from './lease.ts';
import { isRelayLater, outboxWrite } from './outbox.ts';
import { serialise } from './payload.ts';
import { ticketOf } from './submitter.ts';
import { complete, create } from './transitions.ts';
import type { Unit } from './unit.ts';

/**
 * The deciding commit: documents, what was read, follow-up tasks, messages, log, result and the end of the task,
 * under its fence, in one transaction. Throws a `ConflictError` if something read has changed (run again with a
 * new unit), a `LeaseLostError` if the task is cancelled or somebody else's, or the store's error if no answer
 * could be had before the lease ran out. `onSent` is called when the transaction is on its way.
 */
export const commitUnit = async (
  context: EngineContext,
  lease: Lease,
  unit: Unit,
  { result, log, onSent }: { result: Json | undefined; log: readonly Write[]; onSent?: () => void },
): Promise<void> => {
  unit.close();
  if (unit.doomed !== undefined) throw unit.doomed;
  if (!unit.isEmpty) await unit.settleKeyedTasks();
  const transaction = decisionOf(context, lease, unit, result, log);
  const reached = context.points.reach('commit.before');
  if (reached !== undefined) await reached;
  const answer = context.committer.commit(transaction, {
    proof: { key: lease.fence.key, fields: { nonce: lease.fence.nonce, phase: 'completed' } },
    until: lease.expiresAt,
  });
  onSent?.();
  const outcome = await answer;
  const passed = context.points.reach('commit.after');
  if (passed !== undefined) await passed;
  if (outcome.result === 'conflict') return conflicted(context, lease);
  lease.end();
  afterDecision(context, lease, unit);
};

const decisionOf = (
  context: EngineContext,
  lease: Lease,
  unit: Unit,
  result: Json | undefined,
  log: readonly Write[],
): Transaction => {
  const now = context.clock.now();
  const text = result === undefined ? undefined : serialise(result, 'the result', context.settings.limits);
  const end = complete(lease.fence, { result: text, now, keepUntil: now + context.settings.keepCompletedMs });
  if (unit.isEmpty && log.length === 0) return end;
  const tasks = unit.tasks.map(create);
  return {
    expect: [...end.expect, ...unit.expectations(), ...tasks.flatMap(({ expect }) => expect)],
    writes: [
      ...end.writes,
      ...unit.writes(),
      ...tasks.flatMap(({ writes }) => writes),
      ...unit.messages.map((message) => outboxWrite(message, now)),
      ...log,
    ],
  };
};

const conflicted = async (context: EngineContext, lease: Lease): Promise<never> => {
  await lookAgain(context, lease);
  const facts = { taskId: lease.record.id };
  if (lease.state !== 'held')
    throw new LeaseLostError('the task was cancelled or is held by another worker', { facts });
  throw new ConflictError('something that the task has read has changed meanwhile', { facts });
};

/** What follows the decision can be late, but not lost: the sweeps find whatever is not sent now. */
const afterDecision = (context: EngineContext, lease: Lease, unit: Unit): void => {
  const { tickets, outbox, hints, log } = context;
  const { tenant, id } = lease.record;
  const ready = unit.tasks.filter((task) => task.phase === 'available');
  if (ready.length > 0) tickets.offer(ready.map(ticketOf));
  if (unit.messages.length > 0) {
    outbox.send(unit.messages).catch((error: unknown) => {
      log(isRelayLater(error) ? 'info' : 'error', 'relay.later', { taskId: id, ...faultOf(error) });
    });
  }
  hints.give({ kind: 'changed', tenant, taskId: id });
};
