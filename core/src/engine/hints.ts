import type { MessageChannel } from '../channel.ts';
import type { Json } from '../json.ts';
import { type Runtime, sleep } from '../runtime.ts';
import type { EngineLog } from './engine-context.ts';
import { faultOf } from './fault-of.ts';

/** Something happened to a task: look at its record. */
export type HintKind = 'changed' | 'cancelled';
export interface Hint {
  readonly kind: HintKind;
  readonly tenant: string;
  readonly taskId: string;
}

/** A subject for each kind: workers hear of cancels only, so that ends nobody waits for are not even written. */
const subjectOf: Readonly<Record<HintKind, string>> = {
  changed: 'waybill.hints.changed',
  cancelled: 'waybill.hints.cancelled',
};
const maxPerMessage = 500;
/** Of each kind. A channel that takes no more for a while must not fill the memory, nor tell old news afterwards. */
const maxOutgoing = 5_000;

/**
 * Tells who waits for a task that its record has changed: in this process directly, elsewhere through hints on
 * the channel, many to a message. Never the truth: whoever misses a hint looks again after a while.
 */
export class Hints {
  readonly #channel: MessageChannel;
  readonly #runtime: Runtime;
  readonly #log: EngineLog;
  readonly #origin: string;
  readonly #byTask = new Map<string, Set<() => void>>();
  readonly #ofCancels = new Set<(taskId: string) => void>();
  readonly #outgoing: Record<HintKind, Hint[]> = { changed: [], cancelled: [] };
  readonly #heard = new Set<HintKind>();
  readonly #closing = new AbortController();
  readonly #publishing: Partial<Record<HintKind, Promise<void>>> = {};

  constructor(channel: MessageChannel, runtime: Runtime, log: EngineLog) {
    this.#channel = channel;
    this.#runtime = runtime;
    this.#log = log;
    this.#origin = runtime.id();
  }

  give(hint: Hint): void {
    this.#deliver(hint);
    if (!this.#channel.capabilities.shared || this.#closing.signal.aborted) return;
    const outgoing = this.#outgoing[hint.kind];
    if (outgoing.push(hint) > maxOutgoing) this.#drop(hint.kind);
    this.#publishing[hint.kind] ??= this.#publish(hint.kind);
  }

  /** Calls back whenever this task may have changed. Answers how to stop. */
  listen(taskId: string, callback: () => void): () => void {
    this.#hearOthers('changed');
    this.#hearOthers('cancelled');
    const callbacks = this.#byTask.get(taskId) ?? new Set();
    this.#byTask.set(taskId, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#byTask.delete(taskId);
    };
  }

  /** Calls back for every task that is being cancelled. Answers how to stop. */
  listenToCancels(callback: (taskId: string) => void): () => void {
    this.#hearOthers('cancelled');
    this.#ofCancels.add(callback);
    return () => this.#ofCancels.delete(callback);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(Object.values(this.#publishing));
  }

  #deliver({ kind, taskId }: Hint): void {
    if (kind === 'cancelled') for (const callback of this.#ofCancels) callback(taskId);
    const callbacks = this.#byTask.get(taskId);
    if (callbacks !== undefined) for (const callback of [...callbacks]) callback();
  }

  /** The oldest, as many as a message would have held: one by one it would be slow. */
  #drop(kind: HintKind): void {
    const { length } = this.#outgoing[kind].splice(0, maxPerMessage);
    this.#log('debug', 'hints.dropped', { kind, hints: length });
  }

  /** One call of a kind at a time, so that a cancel does not wait until somebody was told of an end. */
  async #publish(kind: HintKind): Promise<void> {
    await Promise.resolve();
    const outgoing = this.#outgoing[kind];
    while (outgoing.length > 0) {
      const hints = outgoing.splice(0, maxPerMessage);
      const body: Json = {
        from: this.#origin,
        tasks: hints.map(({ tenant, taskId }) => [tenant, taskId]),
      };
      try {
        await this.#channel.publish([{ id: this.#runtime.id(), subject: subjectOf[kind], body, hint: true }]);
      } catch (error) {
        this.#log('debug', 'hints.lost', { kind, hints: hints.length, ...faultOf(error) });
      }
    }
    delete this.#publishing[kind];
  }

  #hearOthers(kind: HintKind): void {
    if (this.#heard.has(kind) || !this.#channel.capabilities.shared || this.#closing.signal.aborted) return;
    this.#heard.add(kind);
    void this.#hear(kind, this.#closing.signal);
  }

  async #hear(kind: HintKind, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const { item } of this.#channel.subscribe({ subject: subjectOf[kind], signal })) {
          for (const hint of hintsOf(kind, item.body, this.#origin)) this.#deliver(hint);
        }
      } catch (error) {
        this.#log('debug', 'hints.unheard', { kind, ...faultOf(error) });
      }
      await sleep(this.#runtime, 1_000, signal);
    }
  }
}

/** What comes from the channel is not trusted: what is no hint is dropped, and a hint is only a reason to look. */
const hintsOf = (kind: HintKind, body: Json, self: string): Hint[] => {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('tasks' in body)) return [];
  const { from, tasks } = body;
  if (from === self || !Array.isArray(tasks)) return [];
  return tasks.flatMap((task: unknown) => {
    if (!Array.isArray(task)) return [];
    const [tenant, taskId] = task as unknown[];
    return typeof tenant === 'string' && typeof taskId === 'string' ? [{ kind, tenant, taskId }] : [];
  });
};
