/**
 * Named places in the commit protocol at which tests kill the process or delay it. In production nothing
 * happens at them. `relay.after`: the channel has confirmed the messages, and their rows are still in the outbox.
 */
export interface Points {
  reach(point: PointName): Promise<void> | void;
}

export const pointNames = [
  'submit.before',
  'submit.after',
  'ticket.before',
  'ticket.after',
  'claim.before',
  'claim.after',
  'handler.before',
  'handler.after',
  'effect.intent.before',
  'effect.intent.after',
  'effect.do.after',
  'effect.done.after',
  'commit.before',
  'commit.after',
  'relay.before',
  'relay.after',
  'fail.before',
  'fail.after',
  'rollback.begin.before',
  'rollback.begin.after',
  'undo.before',
  'undo.after',
  'rollback.end.before',
  'rollback.end.after',
  'renew.before',
  'renew.after',
  'release.before',
  'release.after',
  'postpone.before',
  'postpone.after',
  'reap.before',
  'reap.after',
  'dispatch.before',
  'dispatch.after',
  'cancel.before',
  'cancel.after',
] as const;
export type PointName = (typeof pointNames)[number];

export const noPoints: Points = { reach: () => undefined };
