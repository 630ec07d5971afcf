import { randomUUID } from 'node:crypto';
import { pause, type QueueName, Sleepers } from '@waybill/core';
import { type Argument, Reader, RedisConnection } from '@waybill/redis';
import { letterOf, queueOf } from './entry.ts';
import type { RedisBrokerOptions } from './options.ts';
import { leaveScript } from './scripts/settle-script.ts';
import { nudgeScript, wakeScript } from './scripts/wake-script.ts';

/** How long one blocking call waits; also how often those who wait look although nobody has woken them. */
const blockS = 1;
/** How long an acquisition that found nothing is told to wait: until it looks again, and a little longer. */
const waiterMs = blockS * 1_000 + 500;
/** A server that does not answer is not waited for longer to let us go. */
const leaveMs = 300;
/** How long those who wait are left alone after a failure: the first time, and at most after many in a row. */
const failurePauseMs = { first: 100, longest: 1_000 };

/** One ticket was lent to this process, until the instant that is the name of the loan. */
type OnLent = (name: string, ref: string) => void;

interface Asking {
  readonly args: readonly Argument[];
  answered(isEmpty: boolean): void;
}

/**
 * Wakes the acquisitions of this process: one connection blocks for all of them, on the tokens of the queues that they
 * want, and on what is lent to this process while it is known to wait. To miss nothing, read `heard`, look for tickets,
 * then `wait` with what `heard` was.
 */
export class WakeUps {
  readonly #options: RedisBrokerOptions;
  readonly #commands: RedisConnection;
  readonly #key: string;
  readonly #name = randomUUID();
  readonly #onLent: OnLent;
  readonly #sleepers = new Sleepers<readonly QueueName[]>();
  readonly #closing = new AbortController();
  #blocking: RedisConnection | undefined;
  /** Absent: nobody would hear a token now. */
  #asked: ReadonlySet<QueueName> | undefined;
  #pauseMs = failurePauseMs.first;
  #running: Promise<void> | undefined;
  #nudging = false;
  #asks = 0;
  /** Which request has last told that this process waits; 0 if the server does not think so. */
  #known = 0;
  heard = 0;

  constructor(options: RedisBrokerOptions, commands: RedisConnection, key: string, onLent: OnLent) {
    this.#options = options;
    this.#commands = commands;
    this.#key = key;
    this.#onLent = onLent;
  }

  /** How scripts know this process among those who wait. */
  get waiter(): string {
    return `${this.#options.loanMs} ${this.#name}`;
  }

  /** What the script is told that looks for tickets, of somebody who `waits` if there are none; and what its answer says. */
  ask(waits: boolean): Asking {
    const isKnown = this.#known > 0;
    const willWait = waits && this.#pauseMs === failurePauseMs.first;
    if (willWait) this.#known = ++this.#asks;
    const known = this.#known;
    return {
      args: [willWait ? waiterMs : 0, this.waiter, isKnown ? 1 : 0],
      answered: (isEmpty) => {
        if (this.#known === known && !(isEmpty && willWait)) this.#known = 0;
      },
    };
  }

  /** Resolves when one of the queues may have something, after `ms` or a little less, on abort and on close. */
  wait(heard: number, queues: readonly QueueName[], ms: number, signal?: AbortSignal): Promise<void> {
    if (this.heard !== heard || this.#isClosed || signal?.aborted || ms <= 0) return Promise.resolve();
    const woken = this.#sleepers.sleep(ms, signal, queues);
    if (this.#running === undefined) this.#running = this.#run();
    else if (this.#asked !== undefined && !this.listensTo(queues)) void this.#nudge();
    return woken;
  }

  /** Whether a token of any of these queues would be heard at once. */
  listensTo(queues: readonly QueueName[]): boolean {
    const asked = this.#asked;
    return asked !== undefined && queues.every((queue) => asked.has(queue));
  }

  /** Wakes those who want the queue. Answers whether there were any. */
  wake(queue: QueueName): boolean {
    this.heard++;
    return this.#sleepers.wake((queues) => queues.includes(queue)) > 0;
  }

  /** Nobody here waits any more, unless others do. */
  leave(): void {
    if (this.#sleepers.size > 0 || this.#known === 0) return;
    this.heard++; // whoever waits next is to be known anew
    this.#leave().catch(() => undefined); // it is forgotten soon in any case
  }

  /** Wakes all who wait here, at once; nobody waits here any more. */
  stop(): void {
    this.#closing.abort();
    this.#wakeAll();
  }

  /**
   * After `stop`, and when no acquisition is on its way any more. What was lent to this process was told to `onLent`, where the
   * server answers soon.
   */
  async close(): Promise<void> {
    if (this.#known > 0 || this.#running !== undefined) await this.#callOff();
    this.#blocking?.destroy();
    await this.#running;
    this.#blocking?.destroy(); // it may have been opened meanwhile
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    try {
      while (this.#sleepers.size > 0 && !this.#isClosed) await this.#block();
    } finally {
      this.#asked = undefined;
      this.#running = undefined;
    }
  }

  /** One blocking call. Whatever fails here, those who wait look for themselves after a pause and hear of it. */
  async #block(): Promise<void> {
    try {
      const blocking = (this.#blocking ??= await RedisConnection.open(this.#options));
      if (this.#isClosed) return;
      const queues = new Set(this.#sleepers.waitFor.flat());
      this.#asked = queues;
      const keys = [this.#name, ...[...queues].map(letterOf)].map((name) => `${this.#key}:wake:${name}`);
      const ms = blockS * 1_000 + this.#options.requestMs;
      const reply = await blocking.call('BLPOP', [...keys, blockS], { changes: true, ms });
      this.#pauseMs = failurePauseMs.first;
      if (reply === null) this.#wakeAll();
      else await this.#told(reply as readonly [Buffer, Buffer]); // the reply of BLPOP
    } catch {
      if (this.#known > 0) this.#leave().catch(() => undefined); // what was lent to it is not told
      await this.#pause();
      this.#wakeAll(); // a lost token costs one look; a loan in a lost answer goes back when it ends
    }
  }

  /** Else a server that refuses at once, as for want of a permission, would be asked without end. */
  async #pause(): Promise<void> {
    this.#asked = undefined;
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(2 * ms, failurePauseMs.longest);
    await pause(ms, this.#closing.signal);
  }

  async #told([key, value]: readonly [Buffer, Buffer]): Promise<void> {
    const name = key.toString().slice(`${this.#key}:wake:`.length);
    if (name === this.#name) return this.#toldAlone(value);
    const woken = this.wake(queueOf(name));
    if (!woken) await this.#commands.run(wakeScript, [this.#key], [name]);
  }

  #toldAlone(value: Buffer): void {
    if (value.toString() === '1') return;
    const reader = new Reader(value); // by the script
    reader.array();
    this.#onLent(reader.text(), reader.text());
  }

  async #leave(): Promise<void> {
    const known = this.#known;
    await this.#commands.run(leaveScript, [this.#key], [this.waiter]);
    if (this.#known === known) this.#known = 0;
  }

  /** Lets the blocking call end by itself, since an answer to it that is lost would be a loan. */
  async #callOff(): Promise<void> {
    const over = new AbortController();
    const ended = async (): Promise<void> => {
      await this.#leave();
      await this.#commands.run(nudgeScript, [this.#key], [this.#name]);
      await this.#running;
    };
    try {
      await Promise.race([ended(), pause(leaveMs, over.signal)]);
    } catch {
      // What was lent to it goes back by itself when the loan ends.
    } finally {
      over.abort();
    }
  }

  #wakeAll(): void {
    this.heard++;
    this.#sleepers.wake();
  }

  /** Ends the blocking call, so that the next one waits for more queues. If that fails, it ends by itself soon. */
  async #nudge(): Promise<void> {
    if (this.#nudging) return;
    this.#nudging = true;
    try {
      await this.#commands.run(nudgeScript, [this.#key], [this.#name]);
    } catch {
      if (this.#asked !== undefined) this.#asked = new Set(); // whoever comes next tries again
    } finally {
      this.#nudging = false;
    }
  }
}
