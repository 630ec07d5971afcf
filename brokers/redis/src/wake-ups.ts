import { randomUUID } from 'node:crypto';
import { pause, type QueueName, Sleepers } from '@waybill/core';
import { type ConnectionOptions, RedisConnection } from '@waybill/redis';
import { letterOf, queueOf } from './entry.ts';
import { nudgeScript, wakeScript } from './scripts/wake-script.ts';

/** How long one blocking call waits; also how often those who wait look although nobody has woken them. */
const blockS = 1;
/** How long those who wait are left alone after a failure: the first time, and at most after many in a row. */
const failurePauseMs = { first: 100, longest: 1_000 };

/**
 * Wakes the acquisitions of this process: one connection blocks for all of them, on the tokens of the queues that they
 * want. To miss nothing, read `heard`, look for tickets, then `wait` with what `heard` was.
 */
export class WakeUps {
  readonly #options: ConnectionOptions;
  readonly #commands: RedisConnection;
  readonly #key: string;
  readonly #name = randomUUID();
  readonly #sleepers = new Sleepers<readonly QueueName[]>();
  readonly #closing = new AbortController();
  #blocking: RedisConnection | undefined;
  /** Absent: nobody would hear a token now. */
  #asked: ReadonlySet<QueueName> | undefined;
  #pauseMs = failurePauseMs.first;
  #running: Promise<void> | undefined;
  #nudging = false;
  heard = 0;

  constructor(options: ConnectionOptions, commands: RedisConnection, key: string) {
    this.#options = options;
    this.#commands = commands;
    this.#key = key;
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

  /** Wakes all who wait here, at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wakeAll();
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
      if (Array.isArray(reply)) await this.#token(String(reply[0]).slice(`${this.#key}:wake:`.length));
      else this.#wakeAll();
    } catch {
      await this.#pause();
      this.#wakeAll(); // a lost token costs one look
    }
  }

  /** Else a server that refuses at once, as for want of a permission, would be asked without end. */
  async #pause(): Promise<void> {
    this.#asked = undefined;
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(2 * ms, failurePauseMs.longest);
    await pause(ms, this.#closing.signal);
  }

  async #token(name: string): Promise<void> {
    if (name === this.#name) return;
    const queue = queueOf(name);
    this.heard++;
    const woken = this.#sleepers.wake((queues) => queues.includes(queue));
    if (woken === 0) await this.#commands.run(wakeScript, [this.#key], [name]);
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
