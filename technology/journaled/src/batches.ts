import {
  type CommitOutcome,
  ConnectionError,
  InDoubtError,
  isWaybillError,
  type Runtime,
  sleep,
} from '@waybill/core';
import { chooseIndependent } from './choose.ts';
import type { Plan } from './plan.ts';
import { type BatchState, Round, type RoundParts } from './round.ts';

export interface BatchesOptions {
  readonly runtime: Runtime;
  readonly contentionMs: number;
}

/** Commits the transactions of a batch, in as many rounds as it takes. */
export class Batches {
  readonly #parts: RoundParts;
  readonly #runtime: Runtime;
  readonly #contentionMs: number;

  constructor(parts: RoundParts, { runtime, contentionMs }: BatchesOptions) {
    this.#parts = parts;
    this.#runtime = runtime;
    this.#contentionMs = contentionMs;
  }

  async commit(plans: readonly Plan[]): Promise<readonly CommitOutcome[]> {
    // A fraction of a millisecond tells batches apart that began in the same one: one of them has to be the oldest.
    const startedAt = Math.floor(this.#parts.now()) + this.#runtime.random();
    const batch: BatchState = { startedAt, gates: [], isInDoubt: false };
    try {
      await this.#rounds(plans, batch);
    } catch (error) {
      throw explain(error, batch.isInDoubt || plans.some(({ outcome }) => outcome?.result === 'committed'));
    } finally {
      this.#parts.tidier.alsoWaitFor(this.#parts.gates.open(batch.gates));
    }
    if (batch.isInDoubt) throw new InDoubtError('a transaction may or may not have committed');
    return plans.map(({ outcome }) => outcome ?? tooContended);
  }

  async #rounds(plans: readonly Plan[], batch: BatchState): Promise<void> {
    let open = plans;
    let movedAt = this.#runtime.monotonic();
    for (let refused = 0; open.length > 0 && !batch.isInDoubt; ) {
      const chosen = chooseIndependent(open);
      await new Round(this.#parts, batch).run(chosen);
      open = open.filter(({ outcome }) => outcome === undefined);
      const isStuck = chosen.every(({ outcome }) => outcome === undefined);
      if (!isStuck) movedAt = this.#runtime.monotonic();
      refused = isStuck ? refused + 1 : 0;
      if (this.#runtime.monotonic() - movedAt > this.#contentionMs) return;
      if (refused >= 3) await this.#askForRest(chosen, batch);
      if (refused > 1) await sleep(this.#runtime, this.#runtime.random() * Math.min(50, 2 ** refused));
    }
  }

  /** For queries to be validated where documents move all the time. */
  async #askForRest(stuck: readonly Plan[], batch: BatchState): Promise<void> {
    const collections = stuck.flatMap(({ ranges }) => ranges.map(({ query }) => query.collection));
    if (batch.gates.length === 0) batch.gates = await this.#parts.gates.close(collections);
  }
}

/** Nothing was written; whoever asked can ask again. */
const tooContended: CommitOutcome = { result: 'conflict' };

const explain = (error: unknown, mayHaveHappened: boolean): unknown => {
  if (!isWaybillError(error) || !error.retryable) return error;
  if (mayHaveHappened)
    return error.code === 'WB_IN_DOUBT'
      ? error
      : new InDoubtError('a part of the batch is committed, and the rest is not', { cause: error });
  // In doubt are only intents, and whoever meets those lets go of them.
  return error.code === 'WB_IN_DOUBT'
    ? new ConnectionError('the backend does not answer; nothing is committed', { cause: error })
    : error;
};
