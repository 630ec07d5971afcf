import { coalesce, type Coalescer, isWaybillError } from '@waybill/core';
import { InFlight } from './in-flight.ts';
import { type Entry, removeEntry } from './journal.ts';
import type { PatientWriter } from './patient-writer.ts';

type Finished = Pick<Entry, 'transaction' | 'stamp'>;

/** Removes the entries of transactions that are done, while nobody waits for it. */
export class Tidier {
  readonly #coalescer: Coalescer<Finished, unknown>;
  readonly #calls = new InFlight();

  constructor(writer: PatientWriter) {
    this.#coalescer = coalesce(async (finished) => {
      try {
        await writer.write(finished.map(removeEntry));
      } catch (error) {
        // The sweep removes them in our place.
        if (!isWaybillError(error)) throw error;
      }
      return finished;
    }, 2_000);
  }

  remove(finished: readonly Finished[]): void {
    for (const each of finished) void this.#coalescer.add(each);
  }

  /** For what nobody else waits for. */
  alsoWaitFor(call: Promise<void>): void {
    void this.#calls.of(call);
  }

  async idle(): Promise<void> {
    await this.#calls.idle();
    await this.#coalescer.idle();
  }
}
