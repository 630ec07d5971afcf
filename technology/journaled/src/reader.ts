import { ConnectionError, type Key, type Runtime, sleep } from '@waybill/core';
import type { Contention } from './contention.ts';
import type { Gate, Gates } from './gates.ts';
import { guardKey, isGuarded } from './guards.ts';
import { type Held, isHeld } from './hold.ts';
import type { RawDocument } from './raw-document.ts';
import type { IndexQuery, RawPage } from './raw-query.ts';
import type { SingleDocuments } from './single-documents.ts';

/** What one look at an index gave. */
export interface Look {
  readonly page: RawPage;
  /** Documents of the collection that undecided transactions held while it was taken. */
  readonly held: readonly Held[];
  /** The stamp of the collection's guard all the while; `undefined` for a guard never raised, or none. */
  readonly guard: number | undefined;
}

export interface LookOptions {
  /** Whose own intents are to be overlooked. */
  readonly transaction?: number;
  readonly startedAt?: number;
}

const maxTries = 200;
/** How often to look before asking others to pause. */
const openLooks = 4;
/** More intents than any collection has. */
const allIntents = 100_000;

/** Reads what is committed: all of a transaction or nothing of it. */
export class Reader {
  readonly #documents: SingleDocuments;
  readonly #contention: Contention;
  readonly #gates: Gates;
  readonly #runtime: Runtime;

  constructor(by: {
    readonly documents: SingleDocuments;
    readonly contention: Contention;
    readonly gates: Gates;
    readonly runtime: Runtime;
  }) {
    this.#documents = by.documents;
    this.#contention = by.contention;
    this.#gates = by.gates;
    this.#runtime = by.runtime;
  }

  /**
   * The documents as they all were at one instant: between two reads that give the same. An undecided transaction
   * that holds one of them was undecided then.
   */
  async get(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]> {
    let before = await this.#documents.read(keys);
    for (let tries = 1; tries < maxTries; tries++) {
      const held = before.filter(isHeld);
      const { changed } = await this.#contention.settle(held);
      if (held.length === 0 && keys.length <= 1) return before;
      const after = await this.#documents.read(keys);
      if (!changed && isSame(before, after)) return before;
      before = after;
      await this.#pause(tries);
    }
    throw tooFast();
  }

  /** What the index held at one instant. */
  async find(query: IndexQuery): Promise<RawPage> {
    if (!isGuarded(query.collection)) await this.#rollForward(query.collection);
    let gates: readonly Gate[] = [];
    try {
      for (let tries = 1; tries < maxTries; tries++) {
        const look = await this.look(query);
        if (look !== undefined) return look.page;
        if (tries >= openLooks && gates.length === 0) gates = await this.#gates.close([query.collection]);
        await this.#pause(tries);
      }
    } finally {
      await this.#gates.open(gates);
    }
    throw tooFast();
  }

  /** `undefined`: something moved meanwhile; look again. */
  look(query: IndexQuery, options: LookOptions = {}): Promise<Look | undefined> {
    return isGuarded(query.collection) ? this.#guarded(query, options) : this.#unguarded(query, options);
  }

  /** The order of these reads is what the proof in `docs/journaled-protocol.md` stands on. */
  async #guarded(query: IndexQuery, options: LookOptions): Promise<Look | undefined> {
    const guard = guardKey(query.collection);
    const [before] = await this.#documents.read([guard]);
    const { collection } = query;
    const intents = await this.#documents.find({ kind: 'intents', collection, limit: allIntents });
    const page = await this.#documents.find(query);
    const held = foreign([...intents.documents, ...page.documents], options);
    const { changed } = await this.#contention.settle(held, options.startedAt);
    if (changed) return undefined;
    const [after, ...again] = await this.#documents.read([guard, ...held.map(({ key }) => key)]);
    return after?.stamp === before?.stamp && isSame(held, again)
      ? { page, held, guard: before?.stamp }
      : undefined;
  }

  /**
   * What is committed and was not applied, because its client died, is in no index yet. Looks at guarded collections
   * begin with this by themselves.
   */
  async #rollForward(collection: string): Promise<void> {
    const { documents } = await this.#documents.find({ kind: 'intents', collection, limit: allIntents });
    await this.#contention.finish(documents.filter(isHeld));
  }

  async #unguarded(query: IndexQuery, options: LookOptions): Promise<Look | undefined> {
    const page = await this.#documents.find(query);
    const held = foreign(page.documents, options);
    if (held.length === 0) return { page, held, guard: undefined };
    const { changed } = await this.#contention.settle(held, options.startedAt);
    if (changed) return undefined;
    const again = await this.#documents.read(held.map(({ key }) => key));
    return isSame(held, again) ? { page, held, guard: undefined } : undefined;
  }

  /** Not at first: what has just been rolled forward is there at once. */
  async #pause(tries: number): Promise<void> {
    if (tries > 3) await sleep(this.#runtime, this.#runtime.random() * Math.min(tries, 20));
  }
}

const foreign = (documents: readonly RawDocument[], { transaction }: LookOptions): readonly Held[] =>
  documents.filter(isHeld).filter(({ intent }) => intent.transaction !== transaction);

const isSame = (
  before: readonly (RawDocument | undefined)[],
  after: readonly (RawDocument | undefined)[],
): boolean => before.every((document, i) => document?.stamp === after[i]?.stamp);

const tooFast = (): ConnectionError => new ConnectionError('the documents change too fast to be read');
