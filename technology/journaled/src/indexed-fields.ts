import { type CollectionSpec, ConnectionError, isWaybillError, type Runtime, sleep } from '@waybill/core';
import { isGuarded } from './guards.ts';
import { InFlight } from './in-flight.ts';
import {
  adding,
  isNew,
  type Notice,
  noticeKey,
  noticeOf,
  relyingOn,
  settling,
  writeNotice,
} from './notice.ts';
import type { Numbers } from './numbers.ts';
import type { PatientWriter } from './patient-writer.ts';
import type { IndexedNames } from './single.ts';
import type { SingleDocuments } from './single-documents.ts';

/** More than there are clients that change the same notice at once. */
const maxTries = 50;

interface Known {
  readonly names: ReadonlySet<string>;
  readonly since: number;
}

/**
 * A single write may change a document unnoticed by queries if it does not move in any index: so each client has to
 * know of every index, also of those that another one declares later, say a newer release of the same program. The
 * names of indexed fields are written down in the backend. Whoever relies on them says so, and looks again before a
 * sixth of `noticeMs` is over; whoever adds one waits for `noticeMs` before it queries, if anybody else relies on them.
 */
export class IndexedFields {
  readonly #documents: SingleDocuments;
  readonly #writer: PatientWriter;
  readonly #numbers: Numbers;
  readonly #runtime: Runtime;
  readonly #noticeMs: number;
  readonly #client: string;
  readonly #known = new Map<string, Known>();
  readonly #underWay = new InFlight();
  #declarations = 0;
  readonly #looking = new Map<string, Promise<void>>();

  constructor(by: {
    readonly documents: SingleDocuments;
    readonly writer: PatientWriter;
    readonly numbers: Numbers;
    readonly runtime: Runtime;
    readonly noticeMs: number;
  }) {
    this.#documents = by.documents;
    this.#writer = by.writer;
    this.#numbers = by.numbers;
    this.#runtime = by.runtime;
    this.#noticeMs = by.noticeMs;
    this.#client = by.runtime.id();
  }

  /** Resolves when everybody who changes documents in single writes has heard of these indexes. */
  async declare(specs: readonly CollectionSpec[]): Promise<void> {
    const fieldsOf = ({ indexes = [] }: CollectionSpec): readonly string[] =>
      indexes.flatMap(({ fields }) => fields);
    const guarded = specs.filter(({ name }) => isGuarded(name));
    const added = await Promise.all(
      guarded.map((spec) => this.#change(spec.name, (there) => adding(there, fieldsOf(spec), this.#client))),
    );
    // What this client has under way knows less than it does now.
    this.#declarations++;
    this.#known.clear();
    await this.#underWay.settled();
    const young = guarded.filter((spec, i) => isNew(added[i]?.notice, fieldsOf(spec)));
    if (young.length === 0) return;
    await sleep(this.#runtime, this.#noticeMs);
    for (const spec of young)
      await this.#change(spec.name, (there) => there && settling(there, fieldsOf(spec)));
  }

  /** Hands over those that are known well enough just now. */
  using<T>(collections: ReadonlySet<string>, work: (indexed: IndexedNames) => Promise<T>): Promise<T> {
    return this.#underWay.of(this.#using(collections, work));
  }

  /** Those of them that are still known well enough. */
  still(indexed: IndexedNames): IndexedNames {
    return new Map([...indexed].filter(([name]) => this.#isFresh(name, this.#noticeMs / 6)));
  }

  async #using<T>(collections: ReadonlySet<string>, work: (indexed: IndexedNames) => Promise<T>): Promise<T> {
    const old = [...collections].filter((name) => !this.#isFresh(name, this.#noticeMs / 12));
    if (old.length > 0) await Promise.all(old.map((name) => this.#lookOnce(name)));
    const known = [...collections].flatMap((name) => {
      const names = this.#known.get(name)?.names;
      return names === undefined ? [] : [[name, names] as const];
    });
    return work(this.still(new Map(known)));
  }

  #isFresh(name: string, forMs: number): boolean {
    const known = this.#known.get(name);
    return known !== undefined && this.#runtime.monotonic() - known.since < forMs;
  }

  async #lookOnce(name: string): Promise<void> {
    const looking = this.#looking.get(name) ?? this.#look(name).finally(() => this.#looking.delete(name));
    this.#looking.set(name, looking);
    await looking;
  }

  async #look(name: string): Promise<void> {
    const declarations = this.#declarations;
    try {
      const { notice, since } = await this.#change(name, (there) => relyingOn(there, this.#client));
      if (notice === undefined || declarations !== this.#declarations) return;
      this.#known.set(name, { names: new Set(notice.names), since });
    } catch (error) {
      // Without it transactions take the long way.
      if (!isWaybillError(error) || !error.retryable) throw error;
    }
  }

  /** The notice as `change` makes it of the one that is there; `undefined`: as it is. It was so after `since`. */
  async #change(
    name: string,
    change: (there: Notice | undefined) => Notice | undefined,
  ): Promise<{ readonly notice: Notice | undefined; readonly since: number }> {
    for (let tries = 0; tries < maxTries; tries++) {
      const since = this.#runtime.monotonic();
      const [document] = await this.#documents.read([noticeKey(name)]);
      const there = document && noticeOf(document);
      const wanted = change(there);
      if (wanted !== undefined) {
        const [stamp = 0] = await this.#numbers.take(1);
        const [answer] = await this.#writer.write([writeNotice(name, wanted, { document, stamp })]);
        if (answer !== 'done') continue;
      }
      return { notice: wanted ?? there, since };
    }
    throw new ConnectionError(`what is indexed in ${name} changes too fast`);
  }
}
