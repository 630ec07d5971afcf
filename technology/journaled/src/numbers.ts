import { ConnectionError, isWaybillError, type Key } from '@waybill/core';
import type { SingleDocuments } from './single-documents.ts';
import { stampsPerTransaction } from './stamps.ts';

/** Where the protocol keeps what it counts: the blocks of numbers given out, and the guards of collections. */
export const countersCollection = { name: 'waybill.counters' };

export const counterKey = (id: string): Key => ({
  collection: countersCollection.name,
  tenant: 'waybill',
  id,
});

/** Numbers of transactions, no two equal in the whole namespace: safe integers above 0. */
export interface Numbers {
  /** As many, in growing order. Throws a `ConnectionError` if the backend gives none. */
  take(count: number): Promise<readonly number[]>;
}

const blockSize = 2 ** 20;
const key = counterKey('numbers');

/**
 * Each client takes whole blocks by a conditional write of one counter, and gives out their numbers by itself: one
 * such write for each quarter of a million transactions. A client that ends leaves the rest of its block unused;
 * there are 8 billion blocks.
 */
export class NumberBlocks implements Numbers {
  readonly #documents: SingleDocuments;
  #next = 0;
  #end = 0;
  #taking: Promise<void> | undefined;

  constructor(documents: SingleDocuments) {
    this.#documents = documents;
  }

  async take(count: number): Promise<readonly number[]> {
    const numbers: number[] = [];
    while (numbers.length < count) {
      if (this.#next >= this.#end) await this.#moreNumbers();
      for (; numbers.length < count && this.#next < this.#end; this.#next += stampsPerTransaction)
        numbers.push(this.#next);
    }
    return numbers;
  }

  #moreNumbers(): Promise<void> {
    this.#taking ??= this.#takeBlock().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #takeBlock(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const [there] = await this.#documents.read([key]);
      const block = (there?.stamp ?? 0) + 1;
      if (!(await this.#isMine(there?.stamp, block))) continue;
      this.#next = block * blockSize;
      this.#end = this.#next + blockSize;
      return;
    }
    throw new ConnectionError('the counter of transactions changes too fast');
  }

  /** In doubt it is not: another client may have made the same change, and two would give out the same numbers. */
  async #isMine(expected: number | undefined, stamp: number): Promise<boolean> {
    try {
      const [answer] = await this.#documents.write([
        expected === undefined
          ? { kind: 'create', document: { key, stamp, version: 0 } }
          : { kind: 'update', key, expected, stamp, version: 0 },
      ]);
      return answer === 'done';
    } catch (error) {
      if (isWaybillError(error) && error.code === 'WB_IN_DOUBT') return false;
      throw error;
    }
  }
}
