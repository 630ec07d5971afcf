import {
  type CollectionSpec,
  ConnectionError,
  InDoubtError,
  isWaybillError,
  type Key,
  keyName,
  sleep,
} from '@waybill/core';
import type {
  RawAnswer,
  RawDocument,
  RawPage,
  RawQuery,
  RawWrite,
  SingleDocuments,
} from '@waybill/journaled';
import type { JournalFaults } from '../journal-faults.ts';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import type { JournaledBackend } from './journaled-backend.ts';

/**
 * One process's client of the simulated single documents. Where they are `scattered`, what one call asks for arrives
 * at different instants, as it may in a backend that promises nothing of several documents.
 */
export class SimDocuments implements SingleDocuments {
  readonly capabilities = { durability: 'disk', shared: true } as const;
  readonly #backend: JournaledBackend;
  readonly #link: Link;
  readonly #process: SimProcess;
  readonly #faults: JournalFaults;

  constructor(backend: JournaledBackend, link: Link, process: SimProcess, faults: JournalFaults) {
    this.#backend = backend;
    this.#link = link;
    this.#process = process;
    this.#faults = faults;
  }

  prepare(collections: readonly CollectionSpec[]): Promise<void> {
    return this.#link.call({ name: 'prepare', apply: () => this.#backend.prepare(collections) });
  }

  async read(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]> {
    await this.#linger();
    const answers = await this.#inPieces(keys, (some) =>
      this.#link.call({ name: 'read', apply: () => some.map((key) => this.#backend.read(key)) }),
    );
    return answers;
  }

  /** What was written between two looks is found as one of them saw it, or, where it moved, missed. */
  async find(query: RawQuery): Promise<RawPage> {
    const look = (): Promise<RawPage> =>
      this.#link.call({ name: 'find', about: () => aboutOf(query), apply: () => this.#backend.find(query) });
    await this.#linger();
    if (!this.#faults.scattered) return look();
    const [one, two] = [await look(), await look()];
    const versions = new Map(one.documents.map(({ key, version }) => [keyName(key), version]));
    const isMissed = ({ key, version }: RawDocument): boolean =>
      versions.get(keyName(key)) !== version && this.#process.random.chance(0.5);
    return { ...two, documents: two.documents.filter((document) => !isMissed(document)) };
  }

  async write(writes: readonly RawWrite[]): Promise<readonly RawAnswer[]> {
    await this.#linger();
    this.#mayDie();
    return this.#inPieces(writes, (some) => {
      const parts = some.map((write) => {
        const apply = () => this.#backend.write(write, this.#process.name);
        return write.kind === 'amend' ? once(apply) : apply;
      });
      return this.#link.call({
        name: 'write',
        about: () => some.map(describe).join(' '),
        apply: () => parts.map((part) => part()),
        parts,
      });
    });
  }

  now(): Promise<number> {
    return this.#link.call({ name: 'now', apply: () => this.#backend.now() });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #linger(): Promise<void> {
    if (this.#faults.lingerMs > 0 && !this.#faults.isOver())
      await sleep(this.#process.runtime, this.#process.random.next() * this.#faults.lingerMs);
  }

  /** In the middle of the protocol: before, while or after the documents are written. */
  #mayDie(): void {
    const { random } = this.#process;
    if (!this.#faults.isOver() && this.#process.mayDie && random.chance(this.#faults.commitCrash))
      this.#process.after(random.between(0, 2), () => this.#process.crash('dies in a commit'));
  }

  async #inPieces<Item, Answer>(
    items: readonly Item[],
    send: (some: readonly Item[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    if (!this.#faults.scattered || items.length < 2) return send(items);
    const answers = await Promise.allSettled(items.map((item) => send([item])));
    const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    if (failed.length > 0) throw together(failed, failed.length < items.length);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }
}

/** What is sent at most once arrives at most once. */
const once = <T>(apply: () => T): (() => T | 'missed') => {
  let hasArrived = false;
  return () => {
    if (hasArrived) return 'missed';
    hasArrived = true;
    return apply();
  };
};

/** What a call means of which some pieces failed. */
const together = (failed: readonly unknown[], isPartly: boolean): unknown => {
  const foreign = failed.find((error) => !isWaybillError(error) || !error.retryable);
  if (foreign !== undefined) return foreign;
  const isInDoubt = failed.some((error) => isWaybillError(error) && error.code === 'WB_IN_DOUBT');
  return isPartly || isInDoubt
    ? new InDoubtError('a part of it may have happened')
    : new ConnectionError('none of it happened');
};

const aboutOf = (query: RawQuery): string =>
  query.kind === 'index'
    ? `${query.collection} ${query.index.name} ${query.equals.join(' ')}`
    : `${query.collection} ${query.kind}`;

const describe = (write: RawWrite): string => {
  const { collection, id } = write.kind === 'create' ? write.document.key : write.key;
  const name = `${collection.replace('waybill.', '')}/${id.slice(-6)}`;
  switch (write.kind) {
    case 'create':
      return `create ${name} ${write.document.stamp}`;
    case 'update':
      return `${name} ${write.expected} → ${write.stamp}`;
    case 'amend':
      return `${name} amend → ${write.stamp}`;
    case 'remove':
      return `remove ${name} ${write.expected}`;
    case 'bump':
      return `bump ${name}`;
  }
};
