import type { Effect, EffectContext } from '../effect.ts';
import { LeaseLostError } from '../errors.ts';
import { permanent } from '../handler-error.ts';
import type { Json } from '../json.ts';
import type { EngineContext } from './engine-context.ts';
import type { Lease } from './lease.ts';
import { parseJson, parseNow, serialise } from './payload.ts';
import type { JournalEntry, Mode } from './task-record.ts';
import { writeJournal } from './transitions.ts';

/**
 * The effects of one held task: every action is written down before it happens, so that after any crash it is
 * known what may have happened. The saga journal with stable keys; see docs/commit-protocol.md.
 */
export class Journal {
  readonly #context: EngineContext;
  readonly #lease: Lease;
  readonly #acting = new Set<Promise<unknown>>();
  readonly #mode: Mode;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  /** Why the attempt cannot commit any more: an effect has failed. */
  failed: unknown;

  constructor(context: EngineContext, lease: Lease) {
    this.#context = context;
    this.#lease = lease;
    this.#mode = lease.record.mode;
  }

  /** Effects that have not answered yet: a handler need not wait for them. */
  get isActing(): boolean {
    return this.#acting.size > 0;
  }

  /** Waits for the effects that are being done, and begins no more. */
  async finish(): Promise<void> {
    while (this.isActing) await Promise.allSettled(this.#acting);
    this.#closed = true;
  }

  /** Begins no more effects. Once this resolves, the record of the lease names every one that was begun. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#writing;
  }

  /** Does the effect that comes at this place of the run, or answers what it answered before. */
  async perform(effect: Effect, args: unknown, seq: number): Promise<Json | undefined> {
    const acting = this.#perform(effect, args, seq);
    this.#acting.add(acting);
    try {
      return await acting;
    } finally {
      this.#acting.delete(acting);
    }
  }

  /**
   * Undoes what was done or may have been done, last first, and stops at an effect that this worker does not know: the
   * answer is its name. Throws what the first failing `undo` threw.
   */
  async undoAll(): Promise<string | undefined> {
    const { effects, points } = this.#context;
    for (const entry of [...this.#entries()].reverse()) {
      if (entry.state === 'undone') continue;
      const effect = effects.get(entry.name);
      if (effect === undefined) return entry.name;
      await points.reach('undo.before');
      await this.#undo(effect, entry);
      await points.reach('undo.after');
      await this.#mark(entry.seq, { ...entry, state: 'undone' });
    }
    return undefined;
  }

  async #perform(effect: Effect, args: unknown, seq: number): Promise<Json | undefined> {
    const what = `args of effect ${effect.name}`;
    const text = serialise(args, what, this.#context.settings.limits);
    const parsed = parseNow(effect.args, args, what);
    const known = this.#entries()[seq];
    if (known !== undefined && (known.name !== effect.name || known.args !== text)) {
      throw this.#doom(
        permanent(`effect ${seq + 1} was ${known.name} and is now ${effect.name} or has other arguments`, {
          fix: 'call the same effects in the same order whenever the task runs again',
        }),
      );
    }
    if (known?.state === 'done') return known.result === undefined ? undefined : parseJson(known.result);
    try {
      if (known === undefined) await this.#begin(effect, text, seq);
      const result = await this.#doOnce(effect, parsed, seq, known !== undefined);
      await this.#end(seq, result);
      return result;
    } catch (error) {
      throw this.#doom(error);
    }
  }

  #entries(): readonly JournalEntry[] {
    return this.#lease.record.journal ?? [];
  }

  #doom(error: unknown): unknown {
    this.failed ??= error;
    return error;
  }

  async #begin(effect: Effect, args: string, seq: number): Promise<void> {
    await this.#context.points.reach('effect.intent.before');
    await this.#mark(seq, { seq, name: effect.name, args, key: this.#keyOf(seq, 0), state: 'intent' });
    await this.#context.points.reach('effect.intent.after');
  }

  /** The same key whenever it is done, but another one after it was undone: an agent refuses the old one for good. */
  #keyOf(seq: number, redone: number): string {
    const { id, round } = this.#lease.record;
    return redone === 0 ? `${id}.${round}.${seq}` : `${id}.${round}.${seq}.${redone}`;
  }

  async #doOnce(effect: Effect, args: unknown, seq: number, inDoubt: boolean): Promise<Json | undefined> {
    if (inDoubt && effect.check !== undefined) {
      const state = await effect.check(args, this.#contextOf(this.#entry(seq)));
      if (state.happened) return state.result;
    } else if (inDoubt && effect.whenInDoubt === 'undo') await this.#undoDoubt(effect, args, seq);
    if (this.#closed || this.#lease.state !== 'held')
      throw new LeaseLostError('the attempt is over; no effect is begun any more');
    const result = await effect.do(args, this.#contextOf(this.#entry(seq)));
    await this.#context.points.reach('effect.do.after');
    return result;
  }

  /** Whoever crashes in between undoes it again under the old key, which is fine. */
  async #undoDoubt(effect: Effect, args: unknown, seq: number): Promise<void> {
    const entry = this.#entry(seq);
    await effect.undo(args, this.#contextOf(entry));
    const redone = (entry.redone ?? 0) + 1;
    await this.#mark(seq, { ...entry, key: this.#keyOf(seq, redone), redone });
  }

  #entry(seq: number): JournalEntry {
    const entry = this.#entries()[seq];
    if (entry === undefined) throw new LeaseLostError('the journal is gone');
    return entry;
  }

  async #end(seq: number, result: Json | undefined): Promise<void> {
    const entry = this.#entry(seq);
    const { limits } = this.#context.settings;
    const text =
      result === undefined ? {} : { result: serialise(result, `result of effect ${entry.name}`, limits) };
    await this.#mark(seq, { ...entry, state: 'done', ...text });
    await this.#context.points.reach('effect.done.after');
  }

  async #undo(effect: Effect, entry: JournalEntry): Promise<void> {
    const args = parseNow(effect.args, parseJson(entry.args), `args of effect ${entry.name}`);
    const result = entry.result === undefined ? {} : { result: parseJson(entry.result) };
    await effect.undo(args, { ...this.#contextOf(entry), ...result });
  }

  #contextOf(entry: JournalEntry): EffectContext {
    const { id, tenant, topic } = this.#lease.record;
    const { requests, settings } = this.#context;
    return {
      key: entry.key,
      task: { id, tenant, topic },
      epoch: this.#lease.fence.epoch,
      signal: this.#lease.signal,
      request: (subject, body, options) =>
        requests.request(subject, body, { timeoutMs: options?.timeoutMs ?? settings.requestMs }),
    };
  }

  /** One write at a time, in the order of the calls; refused by the store once the lease is lost. */
  #mark(seq: number, entry: JournalEntry): Promise<void> {
    const write = async (): Promise<void> => {
      const { fence, record } = this.#lease;
      const entries = this.#entries().slice();
      // A run must not write into the rollback that a cancel has begun, nor leave a hole where a write failed.
      if (this.#closed || record.mode !== this.#mode || seq > entries.length)
        throw new LeaseLostError('the journal is closed', { facts: { taskId: record.id } });
      entries[seq] = entry;
      const journalWrites = record.journalWrites + 1;
      const outcome = await this.#context.committer.commit(writeJournal(record, fence, entries), {
        proof: { key: fence.key, fields: { nonce: fence.nonce, journalWrites } },
        signal: this.#lease.signal,
      });
      if (outcome.result === 'conflict') {
        throw new LeaseLostError('the journal is not ours to write', { facts: { taskId: record.id } });
      }
      this.#lease.record = { ...this.#lease.record, journal: entries, journalWrites };
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined); // the next write asks the store itself
    return written;
  }
}
