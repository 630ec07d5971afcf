import { isWaybillError, type Key, type Runtime } from '@waybill/core';
import { isGuarded } from './guards.ts';
import { counterKey, type Numbers } from './numbers.ts';
import type { PatientWriter } from './patient-writer.ts';
import type { RawDocument } from './raw-document.ts';

/** A gate that is closed, by whom its stamp tells. */
export type Gate = Pick<RawDocument, 'key' | 'stamp'>;

export const gateKey = (collection: string): Key => counterKey(`gate ${collection}`);

/**
 * Where documents move all the time, a query would look for ever. It closes the collection's gate: whoever is about
 * to begin a transaction there pauses, who has begun ends, and the next look finds the collection at rest. Nothing
 * depends on it but that there is an end: a gate that stays closed, because its owner died, is soon passed by.
 */
export class Gates {
  readonly #writer: PatientWriter;
  readonly #numbers: Numbers;
  readonly #runtime: Runtime;
  readonly #patienceMs: number;
  readonly #firstSeen = new Map<number, number>();

  constructor(by: {
    readonly writer: PatientWriter;
    readonly numbers: Numbers;
    readonly runtime: Runtime;
    readonly patienceMs: number;
  }) {
    this.#writer = by.writer;
    this.#numbers = by.numbers;
    this.#runtime = by.runtime;
    this.#patienceMs = by.patienceMs;
  }

  /** Those that are closed now by this call. Of the others, somebody else keeps the gate closed. */
  async close(collections: readonly string[]): Promise<readonly Gate[]> {
    const wanted = [...new Set(collections)].filter(isGuarded);
    const stamps = await this.#numbers.take(wanted.length);
    const gates = wanted.map((collection, i) => ({ key: gateKey(collection), stamp: stamps[i] ?? 0 }));
    const answers = await this.#writer.write(
      gates.map((gate) => ({ kind: 'create', document: { ...gate, version: 0 } }) as const),
    );
    return gates.filter((_, i) => answers[i] === 'done');
  }

  /** Never rejects for want of the backend. */
  async open(gates: readonly Gate[]): Promise<void> {
    try {
      await this.#writer.write(
        gates.map(({ key, stamp }) => ({ kind: 'remove', key, expected: stamp }) as const),
      );
    } catch (error) {
      // Others pass by it before long.
      if (!isWaybillError(error)) throw error;
    }
  }

  /** Whether to pause before it. A gate that has been closed for long stands for nobody any more. */
  isClosed({ stamp }: Gate): boolean {
    const now = this.#runtime.monotonic();
    const since = this.#firstSeen.get(stamp);
    if (since !== undefined) return now - since <= this.#patienceMs;
    for (const [gate, at] of this.#firstSeen)
      if (now - at > 10 * this.#patienceMs) this.#firstSeen.delete(gate);
    this.#firstSeen.set(stamp, now);
    return true;
  }
}
