import { PayloadError } from './errors.ts';
import type { Json } from './json.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';

/** What an effect is told about its call. */
export interface EffectContext {
  /**
   * The same for every repetition of this effect by this task, whoever repeats it; another one after it was
   * undone, when the task begins anew or `whenInDoubt` says so. Pass it on as the idempotency key.
   */
  readonly key: string;
  readonly task: { readonly id: string; readonly tenant: string; readonly topic: string };
  /** Grows with every claim of the task: lets an agent tell a late request from a newer one. */
  readonly epoch: number;
  /** Aborts when the lease is lost, time is up or the task is cancelled. */
  readonly signal: AbortSignal;
  /**
   * Asks somebody on the channel. Throws a `DeadlineError` after `timeoutMs` (default 10,000): then it is unknown
   * whether it happened.
   */
  request(subject: string, body: Json, options?: { readonly timeoutMs?: number }): Promise<Json>;
}

export interface UndoContext<Result> extends EffectContext {
  /** What `do` answered; absent if it is unknown whether `do` happened at all. */
  readonly result?: Result;
}

/**
 * An action outside the store, and its reversal. Found again by name after a crash, so neither function may
 * close over anything of the task: what they need is in `args`, which is kept in the journal.
 */
export interface Effect<Args extends Schema = Schema, Result extends Json | undefined = Json | undefined> {
  readonly name: string;
  readonly args: Args;
  /**
   * May be called again with the same key if it is unknown whether it happened. If it throws, the attempt fails,
   * even where the handler catches the error, and `undo` is called.
   */
  do(args: OutputOf<Args>, context: EffectContext): Promise<Result> | Result;
  /** Must succeed if `do` never happened, and when repeated. */
  undo(args: OutputOf<Args>, context: UndoContext<Result>): Promise<void> | void;
  /** Whether `do` happened under this key, where the other side can be asked. Spares a repetition. */
  check?(args: OutputOf<Args>, context: EffectContext): Promise<EffectState<Result>> | EffectState<Result>;
  /**
   * After a crash, with `do` in doubt and no `check`: `repeat` it with the same key (default), or `undo` it and do
   * it again with a new one.
   */
  readonly whenInDoubt: 'repeat' | 'undo';
}

export type EffectState<Result> =
  | { readonly happened: true; readonly result: Result }
  | { readonly happened: false };

const effectName = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;

export const defineEffect = <Args extends Schema, Result extends Json | undefined = undefined>(
  definition: Omit<Effect<Args, Result>, 'whenInDoubt'> & Partial<Pick<Effect, 'whenInDoubt'>>,
): Effect<Args, Result> => {
  if (!effectName.test(definition.name)) {
    throw new PayloadError(`effect name ${JSON.stringify(definition.name)} is not allowed`, {
      fix: 'use 1 to 100 of A-Z a-z 0-9 . _ - beginning with a letter',
    });
  }
  return { whenInDoubt: 'repeat', ...definition };
};

export type ArgsOf<E extends Effect> = InputOf<E['args']>;
