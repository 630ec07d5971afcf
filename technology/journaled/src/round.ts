import { isWaybillError, keyName, type Runtime } from '@waybill/core';
import { type Amendment, amendmentOf, numbered } from './amendment.ts';
import { type Attempt, holdAll, newAttempt, thereIn } from './attempt.ts';
import type { Contention } from './contention.ts';
import { type Gate, gateKey, type Gates } from './gates.ts';
import { guardsOf, isGuarded } from './guards.ts';
import { apply, applyAtOnce, isHeld, release } from './hold.ts';
import { commitEntry, entryKey, entryOf, removeEntry } from './journal.ts';
import type { IndexedFields } from './indexed-fields.ts';
import type { Numbers } from './numbers.ts';
import type { PatientWriter, SureAnswer } from './patient-writer.ts';
import type { Documents, Plan } from './plan.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';
import { sendOnce } from './send-once.ts';
import { guardedAlone, type IndexedNames } from './single.ts';
import type { SingleDocuments } from './single-documents.ts';
import { stampsOf } from './stamps.ts';
import type { Tidier } from './tidier.ts';
import type { Tombstones } from './tombstones.ts';
import type { Validation } from './validation.ts';

export interface RoundParts {
  readonly documents: SingleDocuments;
  readonly writer: PatientWriter;
  readonly contention: Contention;
  readonly validation: Validation;
  readonly numbers: Numbers;
  readonly indexedFields: IndexedFields;
  readonly tidier: Tidier;
  readonly tombstones: Tombstones;
  readonly gates: Gates;
  readonly runtime: Runtime;
  /** How long the intents of a transaction may have taken to be placed: a fraction of the grace. */
  readonly slowestMs: number;
  /** The backend's clock, roughly. */
  now(): number;
}

/** What a batch shares. */
export interface BatchState {
  readonly startedAt: number;
  /** Which it has closed itself. */
  gates: readonly Gate[];
  /** A deciding write has not been answered: its transaction may have committed. */
  isInDoubt: boolean;
}

/** A transaction that may be one write, and that write. */
interface AtOnce {
  readonly plan: Plan;
  readonly amendment: Omit<Amendment, 'stamp' | 'version'>;
}

/**
 * One try of transactions that do not touch each other, phase by phase for all of them together: read what is there,
 * place the intents, validate what was only read, decide, apply. A plan without an outcome afterwards was in somebody's
 * way: nothing of it has happened, and it can be tried again.
 */
export class Round {
  readonly #parts: RoundParts;
  readonly #batch: BatchState;

  constructor(parts: RoundParts, batch: BatchState) {
    this.#parts = parts;
    this.#batch = batch;
  }

  async run(plans: readonly Plan[]): Promise<void> {
    const collections = new Set(plans.flatMap((plan) => guardedAlone(plan) ?? []));
    await this.#parts.indexedFields.using(collections, async (indexed) => {
      const atOnce = plans.flatMap((plan) => {
        const amendment = amendmentOf(plan, indexed);
        return amendment === undefined ? [] : [{ plan, amendment }];
      });
      const amended = new Set(atOnce.map(({ plan }) => plan));
      const others = plans.filter((plan) => !amended.has(plan));
      await both(this.#amend(atOnce), this.#phases(others, indexed));
    });
  }

  async #phases(plans: readonly Plan[], indexed: IndexedNames): Promise<void> {
    if (plans.length === 0) return;
    const there = await this.#observe(plans);
    const ready = plans.filter((plan) => this.#isReady(plan, there));
    const attempts = await this.#begin(ready, { there, indexed });
    const placed = await this.#place(attempts);
    const valid = await this.#validate(placed);
    const committed = await this.#decide(valid);
    await this.#applyAll(committed);
  }

  /** What misses is tried again in the phases, which find out why. */
  async #amend(atOnce: readonly AtOnce[]): Promise<void> {
    if (atOnce.length === 0) return;
    const { numbers, documents } = this.#parts;
    const taken = await numbers.take(atOnce.length);
    const amendments = atOnce.map(({ amendment }, i) => numbered(amendment, taken[i] ?? 0));
    const answers = await this.#deciding(true, () => sendOnce(documents, amendments));
    for (const [i, { plan }] of atOnce.entries()) {
      plan.isAmended = true;
      if (answers[i] === 'done') plan.commit(taken[i] ?? 0, new Map());
      else if (answers[i] === 'unknown') this.#batch.isInDoubt = true;
    }
  }

  /** Everything the plans touch, after what others have left there is settled as far as it can be. */
  async #observe(plans: readonly Plan[]): Promise<Documents> {
    const { documents, contention } = this.#parts;
    const collections = new Set(plans.flatMap(({ writes }) => writes.map(({ key }) => key.collection)));
    const gates = [...collections].filter(isGuarded).map(gateKey);
    const keys = [...plans.flatMap((plan) => plan.keys), ...gates];
    if (keys.length === 0) return new Map();
    const found = await documents.read(keys);
    const { changed } = await contention.settle(found.filter(isHeld), this.#batch.startedAt);
    return byName(changed ? await documents.read(keys) : found);
  }

  #isReady(plan: Plan, there: Documents): boolean {
    if (plan.keys.some((key) => isHeld(there.get(keyName(key))))) return false;
    plan.outcome = plan.refusal(there);
    return plan.outcome === undefined && plan.writes.every(({ key }) => this.#isOpen(key.collection, there));
  }

  #isOpen(collection: string, there: Documents): boolean {
    const gate = there.get(keyName(gateKey(collection)));
    if (gate === undefined || this.#batch.gates.some(({ stamp }) => stamp === gate.stamp)) return true;
    return !this.#parts.gates.isClosed(gate);
  }

  async #begin(
    plans: readonly Plan[],
    { there, indexed }: { readonly there: Documents; readonly indexed: IndexedNames },
  ): Promise<readonly Attempt[]> {
    const { startedAt } = this.#batch;
    const numbers = await this.#parts.numbers.take(plans.length);
    const still = this.#parts.indexedFields.still(indexed);
    return plans.map((plan, i) =>
      newAttempt(plan, there, { transaction: numbers[i] ?? 0, startedAt, indexed: still }),
    );
  }

  /** Answers those that hold all they need; those of one document are committed by the same call. */
  async #place(attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
    const { writer, tidier, runtime, slowestMs, now } = this.#parts;
    const begun = runtime.monotonic();
    const singles = new Set(attempts.filter(({ isSingle }) => isSingle));
    const groups = attempts.map((attempt) =>
      singles.has(attempt) ? atOnce(attempt) : holdAll(attempt, now()),
    );
    const answers = await this.#deciding(singles.size > 0, async () => {
      try {
        return await writer.writeGroups(groups);
      } catch (error) {
        const undecided = attempts.filter((attempt) => !singles.has(attempt));
        tidier.alsoWaitFor(this.#letGo(undecided, 'held'));
        throw error;
      }
    });
    const isLate = runtime.monotonic() - begun > slowestMs;
    const isPlaced = attempts.map(
      (attempt, i) => !isLate && !singles.has(attempt) && answers[i]?.every((answer) => answer === 'done'),
    );
    for (const [i, attempt] of attempts.entries())
      if (singles.has(attempt)) this.#decided(attempt, answers[i]?.[0]);
    await this.#letGo(
      attempts.filter((attempt, i) => isPlaced[i] !== true && !singles.has(attempt)),
      'held',
    );
    return attempts.filter((_, i) => isPlaced[i] === true);
  }

  async #validate(attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
    const verdicts = await Promise.all(attempts.map((attempt) => this.#parts.validation.of(attempt)));
    for (const [i, { plan }] of attempts.entries())
      if (verdicts[i] === 'changed') plan.outcome = { result: 'conflict' };
    await this.#letGo(
      attempts.filter((_, i) => verdicts[i] !== 'valid'),
      'held',
    );
    return attempts.filter((_, i) => verdicts[i] === 'valid');
  }

  /** The guards may be raised here because every intent is placed, and no document is applied before the answer. */
  async #decide(attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
    for (const { plan, there, writes } of attempts) if (writes.length === 0) plan.commit(0, there);
    const writing = attempts.filter(({ writes }) => writes.length > 0);
    const decisions = writing.map(({ transaction }) => commitEntry(transaction));
    const guards = guardsOf(writing.flatMap(({ writes }) => writes.map(({ key }) => key)));
    const [given = []] = await this.#deciding(true, () =>
      this.#parts.writer.writeGroups([decisions, guards]),
    );
    const answers = await Promise.all(given.map((answer, i) => this.#sure(answer, writing[i])));
    for (const [i, attempt] of writing.entries()) this.#decided(attempt, answers[i]);
    await this.#letGo(
      writing.filter((_, i) => answers[i] === 'missed'),
      'released',
    );
    return writing.filter((_, i) => answers[i] === 'done');
  }

  /** After a doubt the entry tells, if it is still there. */
  async #sure(answer: SureAnswer, attempt: Attempt | undefined): Promise<SureAnswer> {
    if (answer !== 'unknown' || attempt === undefined) return answer;
    const [entry] = await this.#parts.documents.read([entryKey(attempt.transaction)]);
    return entry !== undefined && entryOf(entry).state === 'aborted' ? 'missed' : answer;
  }

  #decided(attempt: Attempt, answer: SureAnswer | undefined): void {
    const { plan, transaction, there } = attempt;
    if (answer === 'done') {
      plan.commit(transaction, there);
      this.#parts.tombstones.note(this.#parts.runtime.monotonic(), buriedBy(attempt));
    } else if (answer === 'unknown') this.#batch.isInDoubt = true;
  }

  /** They are committed, whatever happens here: what is left undone is done by whoever meets it. */
  async #applyAll(attempts: readonly Attempt[]): Promise<void> {
    const { writer, tidier } = this.#parts;
    const writes = attempts.flatMap(({ transaction, writes }) =>
      writes.map(({ key, change }) => apply(key, { transaction, change })),
    );
    if (await isDone(writer.write(writes)))
      tidier.remove(
        attempts.map(({ transaction }) => ({ transaction, stamp: stampsOf(transaction).applied })),
      );
  }

  /** They will never commit: their entries are removed undecided, or aborted. Whoever meets the rest lets go as well. */
  async #letGo(attempts: readonly Attempt[], entry: 'held' | 'released'): Promise<void> {
    const releases = attempts.flatMap((attempt) =>
      attempt.writes.map(({ key }) =>
        release({ key, version: thereIn(attempt, key)?.version ?? 0 }, attempt.transaction),
      ),
    );
    const entries = attempts
      .filter(({ writes }) => writes.length > 0)
      .map(({ transaction }) => removeEntry({ transaction, stamp: stampsOf(transaction)[entry] }));
    await isDone(this.#parts.writer.write([...releases, ...entries]));
  }

  async #deciding<T>(isDeciding: boolean, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (isDeciding && isWaybillError(error) && error.code === 'WB_IN_DOUBT') this.#batch.isInDoubt = true;
      throw error;
    }
  }
}

/** Waits for both also where one of them rejects. */
const both = async (...calls: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(calls)).find((call) => call.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

const byName = (documents: readonly (RawDocument | undefined)[]): Documents =>
  new Map(
    documents.flatMap((document) => (document === undefined ? [] : [[keyName(document.key), document]])),
  );

const buriedBy = ({ writes, transaction }: Attempt): readonly Pick<RawDocument, 'key' | 'stamp'>[] =>
  writes
    .filter(({ change }) => change.kind === 'delete')
    .map(({ key }) => ({ key, stamp: stampsOf(transaction).applied }));

const atOnce = ({ writes, there, transaction }: Attempt): readonly RawWrite[] =>
  writes.map(({ key, change }) => applyAtOnce(key, there.get(keyName(key)), { transaction, change }));

/** `false` if the backend cannot be reached: for writes that others will do in our place. */
const isDone = async (writing: Promise<unknown>): Promise<boolean> => {
  try {
    await writing;
    return true;
  } catch (error) {
    if (isWaybillError(error)) return false;
    throw error;
  }
};
