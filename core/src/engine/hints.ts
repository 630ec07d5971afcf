import type { MessageChannel } from '../channel.ts';
import type { Json } from '../json.ts';
import { type Runtime, sleep } from '../runtime.ts';
import type { EngineLog } from './engine-context.ts';
import { codeOf } from './ticket-window.ts';

/** Something happened to a task: look at its record. */
export type HintKind = 'changed' | 'cancelled';
export interface Hint {
  readonly kind: HintKind;
  readonly tenant: string;
  readonly taskId: string;
}

const subject = 'waybill.hints';
const maxPerMessage = 500;

/**
 * Tells who waits for a task that its record has changed: in this process directly, elsewhere through hints on
 * the channel, many to a message. Never the truth: whoever misses a hint looks again after a while.
 */
export class Hints {
  readonly #channel: MessageChannel;
  readonly #runtime: Runtime;
  readonly #log: EngineLog;
  readonly #origin: string;
  readonly #listeners = new Map<string, Set<(hint: Hint) => void>>();
  readonly #everywhere = new Set<(hint: Hint) => void>();
  #outgoing: Hint[] = [];
  #publishing: Promise<void> | undefined;
  #listening: AbortController | undefined;
  #closed = false;

  constructor(channel: MessageChannel, runtime: Runtime, log: EngineLog) {
    this.#channel = channel;
    this.#runtime = runtime;
    this.#log = log;
    this.#origin = runtime.id();
  }

  give(hint: Hint): void {
    this.#deliver(hint);
    if (!this.#channel.capabilities.shared || this.#closed) return;
    this.#outgoing.push(hint);
    this.#publishing ??= this.#publish();
  }

  /** Calls back for one task, or for every hint without a task id. Answers how to stop. */
  listen(taskId: string | undefined, callback: (hint: Hint) => void): () => void {
    this.#hearOthers();
    if (taskId === undefined) {
      this.#everywhere.add(callback);
      return () => this.#everywhere.delete(callback);
    }
    const callbacks = this.#listeners.get(taskId) ?? new Set();
    this.#listeners.set(taskId, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#listeners.delete(taskId);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listening?.abort();
    await this.#publishing;
  }

  #deliver(hint: Hint): void {
    for (const callback of this.#everywhere) callback(hint);
    const callbacks = this.#listeners.get(hint.taskId);
    if (callbacks !== undefined) for (const callback of [...callbacks]) callback(hint);
  }

  async #publish(): Promise<void> {
    await Promise.resolve();
    while (this.#outgoing.length > 0) {
      const hints = this.#outgoing.splice(0, maxPerMessage);
      const body: Json = {
        from: this.#origin,
        hints: hints.map(({ kind, tenant, taskId }) => [kind, tenant, taskId]),
      };
      try {
        await this.#channel.publish([{ id: this.#runtime.id(), subject, body, hint: true }]);
      } catch (error) {
        this.#log('debug', 'hints.lost', { hints: hints.length, code: codeOf(error) });
      }
    }
    this.#publishing = undefined;
  }

  #hearOthers(): void {
    if (this.#listening !== undefined || !this.#channel.capabilities.shared || this.#closed) return;
    this.#listening = new AbortController();
    void this.#hear(this.#listening.signal);
  }

  async #hear(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const { item } of this.#channel.subscribe({ subject, signal })) {
          for (const hint of hintsOf(item.body, this.#origin)) this.#deliver(hint);
        }
      } catch (error) {
        this.#log('debug', 'hints.unheard', { code: codeOf(error) });
      }
      await sleep(this.#runtime, 1_000, signal);
    }
  }
}

/** What comes from the channel is not trusted: what is no hint is dropped, and a hint is only a reason to look. */
const hintsOf = (body: Json, self: string): Hint[] => {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('hints' in body)) return [];
  const { from, hints } = body;
  if (from === self || !Array.isArray(hints)) return [];
  return hints.flatMap((hint: unknown) => {
    if (!Array.isArray(hint)) return [];
    const [kind, tenant, taskId] = hint as unknown[];
    if (
      (kind !== 'changed' && kind !== 'cancelled') ||
      typeof tenant !== 'string' ||
      typeof taskId !== 'string'
    )
      return [];
    return [{ kind, tenant, taskId }];
  });
};
