import { z } from 'zod';
import { defineEffect, type Effect } from './effect.ts';
import { PayloadError } from './errors.ts';
import { permanent } from './handler-error.ts';
import type { Json } from './json.ts';
import type { OutputOf, Schema } from './schema.ts';
import type { CollectionSpec, DocumentStore, Key, Stored } from './store.ts';
import type { Waybill } from './waybill.ts';

export const agentCollection = { name: 'waybill.agent' } as const satisfies CollectionSpec;

/** What an agent does for tasks, and how it takes it back. Both may be called again with the same key. */
export interface AgentActions {
  do(args: Json, key: string): Promise<Json> | Json;
  /** `result` is absent if it is unknown whether `do` happened. */
  undo(args: Json, key: string, result: Json | undefined): Promise<void> | void;
}

/**
 * An agent's memory of keys, in a store of its own: the three rules that make an effect happen once or not at
 * all, whatever requests are lost, late or doubled. `do` twice answers the first result. `undo` of an unknown
 * key leaves a tombstone and succeeds. `do` after the tombstone is refused: it was overtaken. (The "empty
 * rollback" and "suspension" rules of TCC; Apache Seata, "Idempotence, Suspension and Empty Rollback".)
 */
export class AgentLedger {
  readonly #store: DocumentStore;
  readonly #actions: AgentActions;
  readonly #running = new Map<string, Promise<unknown>>();

  /** The store must have prepared `agentCollection`. */
  constructor(store: DocumentStore, actions: AgentActions) {
    this.#store = store;
    this.#actions = actions;
  }

  do(key: string, args: Json): Promise<Json> {
    return this.#inTurn(key, () => this.#do(key, args));
  }

  undo(key: string, args: Json): Promise<void> {
    return this.#inTurn(key, () => this.#undo(key, args));
  }

  async #do(key: string, args: Json): Promise<Json> {
    const known = await this.#find(key);
    if (known?.fields['state'] === 'undone') throw permanent('this effect was undone before it was done');
    if (known?.fields['state'] === 'done') return known.fields['result'] ?? null;
    // Its own version, not one that is read again: another process may leave a tombstone at any time.
    const begun = known?.version ?? (await this.#write(key, undefined, { state: 'doing' }));
    if (begun === undefined) return this.#do(key, args);
    return this.#done(key, args, { begun, result: await this.#actions.do(args, key) });
  }

  /** Answers the result that is remembered. What another process of this agent has written meanwhile decides. */
  async #done(
    key: string,
    args: Json,
    { begun, result }: { readonly begun: number; readonly result: Json },
  ): Promise<Json> {
    if ((await this.#write(key, begun, { state: 'done', result })) !== undefined) return result;
    const known = await this.#find(key);
    if (known?.fields['state'] === 'done') return known.fields['result'] ?? null;
    if (known?.fields['state'] === 'doing') return this.#done(key, args, { begun: known.version, result });
    // A tombstone, or nothing, where there may have been one: what was done must not stay.
    await this.#actions.undo(args, key, result);
    throw permanent('this effect was undone while it was done');
  }

  async #undo(key: string, args: Json): Promise<void> {
    const known = await this.#find(key);
    if (known?.fields['state'] === 'undone') return;
    if (known !== undefined) await this.#actions.undo(args, key, known.fields['result']);
    const written = await this.#write(key, known?.version, { state: 'undone' });
    if (written === undefined) await this.#undo(key, args);
  }

  /** Calls of one key come one after the other. */
  async #inTurn<T>(key: string, call: () => Promise<T>): Promise<T> {
    const before = this.#running.get(key);
    if (before !== undefined) {
      await before.catch(() => undefined); // its own caller sees the error
      return this.#inTurn(key, call);
    }
    const running = call();
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      this.#running.delete(key);
    }
  }

  async #find(key: string): Promise<Stored | undefined> {
    const [stored] = await this.#store.get([keyOf(key)]);
    return stored;
  }

  /** The new version; undefined if the known one (undefined: there is none) was no longer the last. */
  async #write(
    key: string,
    known: number | undefined,
    fields: Stored['fields'],
  ): Promise<number | undefined> {
    const at = keyOf(key);
    const [outcome] = await this.#store.commit([
      {
        expect: [
          known === undefined ? { kind: 'absent', key: at } : { kind: 'version', key: at, version: known },
        ],
        writes: [{ kind: 'put', key: at, fields }],
      },
    ]);
    return outcome?.result === 'committed' ? outcome.version : undefined;
  }
}

const keyOf = (id: string): Key => ({ collection: agentCollection.name, tenant: 'waybill', id });

const agentRequest = z.strictObject({
  verb: z.enum(['do', 'undo']),
  key: z.string().min(1).max(512),
  args: z.json(),
});

/** Serves the ledger on a subject until the signal aborts. */
export const serveAgent = (
  waybill: Waybill,
  subject: string,
  ledger: AgentLedger,
  signal: AbortSignal,
): Promise<void> =>
  waybill.answer(subject, signal, async ({ body }) => {
    const parsed = agentRequest.safeParse(body);
    if (!parsed.success) throw new PayloadError(`a request to ${subject} is not that of an agent`);
    const { verb, key, args } = parsed.data;
    if (verb === 'do') return ledger.do(key, args);
    await ledger.undo(key, args);
    return null;
  });

/** The effect that asks an agent, served by `serveAgent` somewhere, to do and to undo. */
export const defineAgentEffect = <Args extends Schema>(definition: {
  readonly name: string;
  readonly subject: string;
  readonly args: Args;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}): Effect<Args, Json> => {
  const { name, subject, args, timeoutMs = 10_000 } = definition;
  // What a schema answers was JSON when it was journaled.
  const body = (verb: string, key: string, given: OutputOf<Args>): Json => ({
    verb,
    key,
    args: given as Json,
  });
  return defineEffect<Args, Json>({
    name,
    args,
    do: (given, { key, request }) => request(subject, body('do', key, given), { timeoutMs }),
    undo: async (given, { key, request }) => {
      await request(subject, body('undo', key, given), { timeoutMs });
    },
  });
};
