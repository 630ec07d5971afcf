import { PayloadError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import type { TaskLog } from '../unit-of-work.ts';
import { cut } from './cut.ts';
import type { EngineContext } from './engine-context.ts';
import type { Lease } from './lease.ts';
import { serialise } from './payload.ts';
import type { Progress } from './task-record.ts';
import { type LogLine, logWrite } from './task-logs.ts';
import { report } from './transitions.ts';
import { lookAgain } from './claims.ts';
import { faultOf } from './fault-of.ts';
import type { Transaction, Write } from '../store.ts';

/** Places of the events of one claim: its beginning, its lines and progress, its end. */
export const placesPerClaim = 1_000_000;
/** Progress and lines go to the store at most this often; the last ones with the decision. */
const intervalMs = 250;
const maxLineLength = 8_192;
const maxPending = 500;
/** What waits is written as one document: no larger than so many of the largest payloads. */
const maxPendingPayloads = 4;

/** What a run tells while it runs: progress, and lines of its log. Fenced like everything that a run writes. */
export class Reports implements TaskLog {
  readonly #context: EngineContext;
  readonly #lease: Lease;
  #lines: LogLine[] = [];
  /** Of the lines that wait, in characters. */
  #size = 0;
  #count = 0;
  #dropped = 0;
  #progress: Progress | undefined;
  /** Closed while a decision is on its way: the lines go with that, and nothing is sent by itself. */
  #isOpen = true;
  #timer: { cancel(): void } | undefined;
  /** One at a time: whoever waits for it knows that none before it can be fenced off. */
  #sending: Promise<void> | undefined;

  constructor(context: EngineContext, lease: Lease) {
    this.#context = context;
    this.#lease = lease;
  }

  info(message: string, fields?: Readonly<Record<string, Json>>): void {
    this.#line('info', message, fields);
  }

  warn(message: string, fields?: Readonly<Record<string, Json>>): void {
    this.#line('warn', message, fields);
  }

  error(message: string, fields?: Readonly<Record<string, Json>>): void {
    this.#line('error', message, fields);
  }

  progress(fraction: number, message?: string): void {
    if (!Number.isFinite(fraction) || fraction < 0 || fraction > 1) {
      throw new PayloadError('the progress is not allowed', {
        fix: 'use a fraction from 0 to 1',
      });
    }
    const text = message === undefined ? {} : { message: lineOf(message) };
    this.#progress = { seq: this.#place(), fraction, ...text, at: this.#context.clock.now() };
    this.#later();
  }

  /**
   * The last lines, to go with the decision; nothing is sent by itself any more. They stay here until it is made: if it
   * fails, they go with the next one.
   */
  async finish(): Promise<readonly Write[]> {
    this.#isOpen = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#sending;
    return this.#linesToWrite();
  }

  /** The decision met a conflict, and the handler runs again. */
  reopen(): void {
    this.#isOpen = true;
    if (this.#isWaiting) this.#later();
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#progress === undefined;
  }

  #line(level: LogLine['level'], message: string, fields?: Readonly<Record<string, Json>>): void {
    const { clock, settings } = this.#context;
    if (this.#lines.length >= maxPending || this.#size >= maxPendingPayloads * settings.limits.bytes) {
      this.#dropped++;
      return;
    }
    const text = lineOf(message);
    this.#size += text.length;
    if (fields !== undefined) this.#size += serialise(fields, 'fields of a log line', settings.limits).length;
    const seq = this.#place();
    const extra: { fields?: JsonObject } = fields === undefined ? {} : { fields };
    this.#lines.push({ seq, at: clock.now(), level, message: text, ...extra });
    this.#later();
  }

  /** By the claim, not the attempt: an attempt that was given back goes on with another claim. */
  #place(): number {
    return this.#lease.fence.epoch * placesPerClaim + ++this.#count;
  }

  get #isWaiting(): boolean {
    return this.#progress !== undefined || this.#lines.length > 0;
  }

  #later(): void {
    if (!this.#isOpen || this.#sending !== undefined || this.#lease.state !== 'held') return;
    this.#timer ??= this.#context.runtime.timer(intervalMs, () => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        if (this.#isWaiting) this.#later();
      });
    });
  }

  async #send(): Promise<void> {
    const { committer, log, hints } = this.#context;
    const { fence, record } = this.#lease;
    if (this.#lease.state !== 'held') return;
    const [lines, size] = [this.#lines, this.#size];
    const facts = { taskId: record.id, lines: lines.length };
    const transaction = this.#transaction();
    if (transaction === undefined) return;
    try {
      const { result } = await committer.commit(transaction, {
        // The nonce alone outlasts the run: whoever was fenced off must not take it for success.
        proof: { key: fence.key, fields: { nonce: fence.nonce, phase: 'held', mode: 'run' } },
        until: this.#lease.expiresAt,
      });
      if (result === 'conflict') {
        log('debug', 'task.unreported', { ...facts, code: 'WB_CONFLICT' });
        this.#lines.unshift(...lines); // after a cancel they go with the rollback
        this.#size += size;
        await lookAgain(this.#context, this.#lease);
      } else hints.give({ kind: 'changed', tenant: record.tenant, taskId: record.id });
    } catch (error) {
      log('warn', 'task.unreported', { ...facts, ...faultOf(error) });
    }
  }

  #transaction(): Transaction | undefined {
    const lines = this.#linesToWrite();
    const progress = this.#progress;
    this.#lines = [];
    this.#size = 0;
    this.#progress = undefined;
    if (progress === undefined && lines.length === 0) return undefined;
    const at = this.#context.clock.now();
    const { expect, writes } = report(this.#lease.fence, progress ?? { seq: 0, fraction: 0, at });
    return { expect, writes: progress === undefined ? lines : [...writes, ...lines] };
  }

  #linesToWrite(): Write[] {
    this.#tellDropped();
    const [first, ...others] = this.#lines;
    return first === undefined ? [] : [logWrite(this.#lease.record, [first, ...others])];
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const message = `${this.#dropped} lines came too fast and were dropped`;
    this.#dropped = 0;
    this.#lines.push({ seq: this.#place(), at: this.#context.clock.now(), level: 'warn', message });
  }
}

const lineOf = (text: string): string => {
  if (typeof text !== 'string') throw new PayloadError('what a log line or progress says is no text');
  return cut(text, maxLineLength);
};
