import type { Ticket } from '../broker.ts';
import { isWaybillError } from '../errors.ts';
import type { Write } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { Lease } from './lease.ts';
import { readHeld } from './outages.ts';
import { returnTicketOf } from './submitter.ts';
import { taskKey, taskOf, type TaskRecord } from './task-record.ts';
import { claim, giveBack, postpone, renew } from './transitions.ts';

const longestPostponeMs = 2_000;

/**
 * Takes the task of a ticket on lease. `undefined`: the ticket is stale, or somebody else was faster; it is to be
 * dropped. Throws if the store does not answer before the lease would have run out: then nobody here owns it,
 * and if the claim was applied after all, the Reaper gets it back.
 */
export const claimTask = async (
  context: EngineContext,
  ticket: Ticket,
  owner: string,
  signal?: AbortSignal,
): Promise<Lease | undefined> => {
  const { clock, runtime, settings, committer } = context;
  const key = taskKey(ticket.tenant, ticket.taskId);
  const now = clock.now();
  const asked = runtime.monotonic();
  const nonce = runtime.id();
  const reached = context.points.reach('claim.before');
  if (reached !== undefined) await reached;
  const outcome = await committer.commit(
    claim(key, ticket.epoch, { nonce, owner, now, leaseUntil: now + settings.leaseMs }),
    {
      proof: { key, fields: { nonce } },
      until: asked + settings.leaseMs / 2,
      signal,
    },
  );
  const passed = context.points.reach('claim.after');
  if (passed !== undefined) await passed;
  const stored = outcome.result === 'committed' ? outcome.documents?.[0] : undefined;
  if (stored === undefined || stored.fields['nonce'] !== nonce) return undefined;
  const record = taskOf(stored);
  return new Lease(record, { key, nonce, epoch: record.epoch }, asked + settings.leaseMs);
};

/**
 * Keeps leases. A conflict means that the task was cancelled or is somebody else's: the lease learns which. With
 * the store out of reach a lease ends by its own clock, before anybody else can have it.
 */
export const renewLeases = async (context: EngineContext, leases: readonly Lease[]): Promise<void> => {
  await context.points.reach('renew.before');
  await Promise.all(leases.map((lease) => renewLease(context, lease)));
  await context.points.reach('renew.after');
};

const renewLease = async (context: EngineContext, lease: Lease): Promise<void> => {
  const { clock, runtime, settings, committer } = context;
  const asked = runtime.monotonic();
  try {
    const outcome = await committer.commit(
      renew(lease.fence, lease.record.mode, clock.now() + settings.leaseMs),
      {
        proof: { key: lease.fence.key, fields: { nonce: lease.fence.nonce, phase: 'held' } },
        until: lease.expiresAt,
      },
    );
    if (outcome.result === 'committed') lease.expiresAt = asked + settings.leaseMs;
    else await look(context, lease); // if that fails, the next renewal looks again: other leases do not wait for it
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    if (runtime.monotonic() >= lease.expiresAt) lease.lose(error);
  }
};

/** Finds out what became of a task that we held, even if the store is out of reach for a while. */
export const lookAgain = (context: EngineContext, lease: Lease): Promise<void> =>
  readHeld(context, lease, () => look(context, lease));

const look = async ({ store }: EngineContext, lease: Lease): Promise<void> => {
  const [stored] = await store.get([lease.fence.key]);
  const record = stored === undefined ? undefined : taskOf(stored);
  if (record === undefined || record.nonce !== lease.fence.nonce || record.phase !== 'held') lease.lose();
  else if (record.mode === 'rollback' && lease.record.mode === 'run') lease.cancel(record);
};

/** An effect that is to be undone next, and what the run has left to write. */
export interface UnknownEffect {
  readonly name: string;
  readonly log: readonly Write[];
}

/**
 * Puts off a task whose topic this worker does not know, or the rollback of one whose effect it does not know: another one
 * may, as while a new version is rolled out. Answers no if that was done for too long, its deadline has passed, which no
 * rollback has, or it is not ours any more, which the lease then says.
 */
export const postponeTask = async (
  context: EngineContext,
  lease: Lease,
  effect?: UnknownEffect,
): Promise<boolean> => {
  const { clock, committer, points, runtime, settings } = context;
  const { record, fence } = lease;
  const { deadlineAt, unknownMs = 0 } = record;
  const now = clock.now();
  if (unknownMs >= settings.unknownTopicMs) return false;
  if (effect === undefined && deadlineAt !== undefined && now > deadlineAt) return false;
  if (unknownMs === 0) logUnknown(context, record, effect);
  // With others as eager as this one it should come to each of them.
  const delayMs = Math.ceil((0.5 + runtime.random()) * Math.min(50 + unknownMs / 2, longestPostponeMs));
  const by = { againAt: now + delayMs, unknownMs: unknownMs + delayMs };
  await points.reach('postpone.before');
  const { expect, writes } = postpone(record, fence, by);
  const outcome = await committer.commit(
    { expect, writes: [...writes, ...(effect?.log ?? [])] },
    {
      proof: { key: fence.key, fields: { nonce: fence.nonce, phase: 'delayed' } },
      until: lease.expiresAt,
    },
  );
  await points.reach('postpone.after');
  if (outcome.result === 'committed') lease.end();
  else await lookAgain(context, lease);
  return outcome.result === 'committed';
};

const logUnknown = ({ log }: EngineContext, { id, topic }: TaskRecord, effect?: UnknownEffect): void => {
  if (effect === undefined) log('warn', 'task.topic-unknown', { taskId: id, topic });
  else log('warn', 'task.effect-unknown', { taskId: id, effect: effect.name });
};

/** Gives a task back unharmed: the attempt does not count, and what its effects did is found in the journal. */
export const releaseTask = async (context: EngineContext, lease: Lease): Promise<void> => {
  const { committer, tickets, points } = context;
  await points.reach('release.before');
  const outcome = await committer.commit(giveBack(lease.record, lease.fence), {
    proof: { key: lease.fence.key, fields: { nonce: lease.fence.nonce, phase: 'available' } },
    until: lease.expiresAt,
  });
  await points.reach('release.after');
  // Its run has decided first, or is turning back, or it is somebody else's: then it is not ours to give.
  if (outcome.result === 'conflict') return look(context, lease);
  lease.end();
  tickets.offer([returnTicketOf(lease.record)]);
};
