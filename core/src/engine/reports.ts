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
  #timer: { cancel(): void } | undefined;
  #sending: Promise<void> = Promise.resolve();

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

  /** The last lines, to go with the decision; nothing is sent by itself any more. */
  async finish(): Promise<readonly Write[]> {
    this.#timer?.cancel();
    await this.#sending;
    return this.#takeLines();
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

  #later(): void {
    this.#timer ??= this.#context.runtime.timer(intervalMs, () => {
      this.#timer = undefined;
      this.#sending = this.#send();
    });
  }

  async #send(): Promise<void> {
    const { committer, log, hints } = this.#context;
    const { fence, record } = this.#lease;
    const transaction = this.#transaction();
    if (transaction === undefined || this.#lease.state !== 'held') return;
    try {
      await committer.commit(transaction, {
        proof: { key: fence.key, fields: { nonce: fence.nonce } },
        until: this.#lease.expiresAt,
      });
      hints.give({ kind: 'changed', tenant: record.tenant, taskId: record.id });
    } catch (error) {
      log('warn', 'task.unreported', { taskId: record.id, ...faultOf(error) });
    }
  }

  #transaction(): Transaction | undefined {
    const lines = this.#takeLines();
    const progress = this.#progress;
    this.#progress = undefined;
    if (progress === undefined && lines.length === 0) return undefined;
    const at = this.#context.clock.now();
    const { expect, writes } = report(this.#lease.fence, progress ?? { seq: 0, fraction: 0, at });
    return { expect, writes: progress === undefined ? lines : [...writes, ...lines] };
  }

  #takeLines(): Write[] {
    this.#size = 0;
    if (this.#dropped > 0) {
      const [lost] = [this.#dropped];
      this.#dropped = 0;
      const lines = this.#lines;
      this.#lines = [];
      this.warn(`${lost} lines came too fast and were dropped`);
      this.#lines.unshift(...lines);
    }
    const [first, ...others] = this.#lines;
    this.#lines = [];
    return first === undefined ? [] : [logWrite(this.#lease.record, [first, ...others])];
  }
}

const lineOf = (text: string): string => {
  if (typeof text !== 'string') throw new PayloadError('what a log line or progress says is no text');
  return cut(text, maxLineLength);
};
