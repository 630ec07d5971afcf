import {
  type DocumentStore,
  type Expectation,
  isWaybillError,
  sleep,
  type Stored,
  type Transaction,
} from '@waybill/core';
import type { Deployment } from './deployment.ts';
import type { Random } from './random.ts';
import { tenant } from './records.ts';
import type { SimProcess } from './sim-process.ts';
import { accountIds, collections } from './workload/collections.ts';

/**
 * Who changes single documents of the workload apart from any task, each in a transaction of its own: what it writes
 * says so (`touched`), and nothing else of the document changes but where it stands in an index.
 */
export class Touches {
  readonly #deployment: Deployment;
  readonly #random: Random;
  readonly #process: SimProcess;
  #made = 0;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    this.#process = deployment.spawn('scribe');
    this.#random = this.#process.random.fork('touches');
  }

  start(forMs: number): void {
    this.#deployment.world.guard(this.#process.name, this.#goOn(forMs));
  }

  async #goOn(forMs: number): Promise<void> {
    const { world } = this.#deployment;
    const store = await this.#deployment.openStore(this.#process);
    const pauseMs = this.#random.scale(5, 300);
    const begun = world.now;
    while (world.now - begun < forMs && !this.#deployment.isCalm) {
      await sleep(this.#process.runtime, this.#random.wait(pauseMs));
      await this.#ifAnswered(() => this.#touch(store));
    }
  }

  async #touch(store: DocumentStore): Promise<void> {
    const found = await this.#look(store);
    const chosen = found.filter(() => this.#random.chance(0.4));
    if (chosen.length === 0) return;
    const touches = chosen.map((document) => this.#draw(document));
    const { world } = this.#deployment;
    for (const { token, seen } of touches) world.record({ kind: 'touch', at: world.now, token, ...seen });
    const outcomes = await store.commit(touches.map(({ transaction }) => transaction));
    for (const [i, { token }] of touches.entries())
      world.record({ kind: 'touched', at: world.now, token, answer: outcomes[i]?.result ?? 'conflict' });
  }

  async #look(store: DocumentStore): Promise<readonly Stored[]> {
    if (this.#random.chance(0.5)) {
      const query = {
        collection: 'seats',
        tenant,
        index: 'room',
        equals: [this.#random.pick(['r', 's'])],
        limit: 10,
      };
      return (await store.find(query)).documents;
    }
    const keys = known.map(([collection, id]) => ({ collection, tenant, id }));
    return (await store.get(keys)).flatMap((document) => document ?? []);
  }

  #draw({ key, version, fields }: Stored) {
    const token = `${this.#process.name}#${++this.#made}`;
    const isMove = key.collection === 'seats' && this.#random.chance(0.5);
    const by = this.#random.pick(['version', 'fields'] as const);
    const expectation: Expectation =
      by === 'version'
        ? { kind: 'version', key, version }
        : { kind: 'fields', key, fields: { tag: String(fields['tag']) } };
    const transaction: Transaction = {
      expect: [expectation],
      writes: [
        { kind: 'patch', key, fields: { touched: token, ...(isMove && { at: this.#deployment.world.now }) } },
      ],
      ...(this.#random.chance(0.2) && { reads: [key] }),
    };
    const seen = {
      document: `${key.collection}/${key.id}`,
      expects: by === 'version' ? lastWriterOf(fields) : String(fields['tag']),
      by,
    };
    return { token, transaction, seen };
  }

  async #ifAnswered(ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable) throw error;
    }
  }
}

/** Who has written a document last: a touch, or else a task. */
export const lastWriterOf = (fields: Stored['fields']): string => String(fields['touched'] ?? fields['tag']);

const known: readonly (readonly [string, string])[] = [
  ...accountIds.map((id) => ['accounts', id] as const),
  ...['l', 'm', 'n'].map((id) => ['lists', id] as const),
  ...['p-0', 'p-1', 'q-0', 'q-1'].map((id) => ['limits', id] as const),
];

/** What the scribe declares: as tasks do, and nothing of core. */
export const touchedCollections = collections.map(({ name, indexes }) => ({
  name,
  ...(indexes && { indexes }),
}));
