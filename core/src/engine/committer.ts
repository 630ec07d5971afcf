import { coalesce, type Coalescer } from '../coalescer.ts';
import { isWaybillError } from '../errors.ts';
import { type Runtime, sleep } from '../runtime.ts';
import type { CommitOutcome, DocumentStore, Key, Transaction } from '../store.ts';
import { backOffMs } from './outages.ts';
import { Turns } from './turns.ts';

/** How to recognise, after a doubt, that a transaction has been applied: its document then looks like this. */
export interface Proof {
  readonly key: Key;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface CommitOptions {
  readonly proof: Proof;
  /** Monotonic instant after which the doubt is handed to the caller. Default: asks until the signal aborts. */
  readonly until?: number;
  readonly signal?: AbortSignal | undefined;
}

interface Sent {
  readonly transaction: Transaction;
  /** Absent: who sends it sees to an error himself. */
  readonly options?: CommitOptions;
}

type Answer = CommitOutcome | Promise<CommitOutcome>;

/** So few that the tasks of one worker take several lanes: while the store decides some, others run here. */
const itemsPerLane = 64;

/**
 * The way of everything that decides about a task to `DocumentStore.commit`. Concurrent callers share round trips,
 * and a doubt is never taken for a failure: the same transaction is sent again until there is an answer. A repetition of an
 * applied transaction meets a conflict, because every transaction changes what it expects; the proof then tells
 * "it was me" from "somebody else was first".
 */
export class Committer {
  readonly #store: DocumentStore;
  readonly #runtime: Runtime;
  readonly #turns: Turns;
  readonly #coalescer: Coalescer<Sent, CommitOutcome>;

  constructor(store: DocumentStore, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
    this.#turns = new Turns(runtime);
    const lanes = store.commitsAtOnce ?? 1;
    this.#coalescer = coalesce((batch) => this.#send(batch), lanes === 1 ? undefined : itemsPerLane, lanes);
  }

  /**
   * Rejects with the store's error once `until` has passed or the signal has aborted: with an `InDoubtError` if any
   * of the tries may have been applied, whatever the last one met.
   */
  commit(transaction: Transaction, options: CommitOptions): Promise<CommitOutcome> {
    return this.#coalescer.add({ transaction, options });
  }

  /** Resolves when nothing is on its way to the store. */
  idle(): Promise<void> {
    return this.#coalescer.idle();
  }

  /** A wrong call refuses its whole batch: those that only came with it are sent by themselves. */
  async #send(batch: readonly Sent[]): Promise<readonly Answer[]> {
    const turn = this.#turns.next();
    if (turn !== undefined) await turn;
    try {
      return await this.#store.commit(batch.map(({ transaction }) => transaction));
    } catch (error) {
      if (batch.length === 1 || !isWaybillError(error) || error.code !== 'WB_PAYLOAD')
        return batch.map((sent) => this.#afterError(sent, error));
    }
    const answers: (() => Answer)[] = [];
    for (const sent of batch) answers.push(await this.#sendAlone(sent));
    return answers.map((answer) => answer());
  }

  async #sendAlone(sent: Sent): Promise<() => Answer> {
    try {
      const [outcome] = await this.#store.commit([sent.transaction]);
      return () => outcome as CommitOutcome; // a store answers each transaction
    } catch (error) {
      return () => this.#afterError(sent, error);
    }
  }

  #afterError({ transaction, options }: Sent, error: unknown): Promise<CommitOutcome> {
    return options === undefined ? Promise.reject(error) : this.#askAgain(transaction, options, error);
  }

  async #askAgain(transaction: Transaction, options: CommitOptions, first: unknown): Promise<CommitOutcome> {
    let last = first;
    let doubt: unknown;
    for (let tries = 0; ; tries++) {
      if (!isWaybillError(last)) throw last;
      if (last.code === 'WB_IN_DOUBT') doubt = last;
      if (!last.retryable || this.#isOver(options)) throw doubt ?? last;
      await sleep(this.#runtime, backOffMs(this.#runtime, tries), options.signal);
      try {
        const outcome = await this.#coalescer.add({ transaction });
        return outcome.result === 'committed'
          ? outcome
          : await this.#wasItMe(transaction, options.proof, outcome);
      } catch (error) {
        last = error;
      }
    }
  }

  async #wasItMe(transaction: Transaction, proof: Proof, conflict: CommitOutcome): Promise<CommitOutcome> {
    const [found] = await this.#store.get([proof.key]);
    if (found === undefined) return conflict;
    if (Object.entries(proof.fields).some(([field, value]) => found.fields[field] !== value)) return conflict;
    const { reads } = transaction;
    if (reads === undefined) return { result: 'committed', version: found.version };
    return { result: 'committed', version: found.version, documents: await this.#store.get(reads) };
  }

  #isOver({ until, signal }: CommitOptions): boolean {
    return signal?.aborted === true || (until !== undefined && this.#runtime.monotonic() >= until);
  }
}
