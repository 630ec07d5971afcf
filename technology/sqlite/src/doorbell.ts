import { type FSWatcher, utimesSync, watch, writeFileSync } from 'node:fs';
import { Sleepers } from '@waybill/core';

export interface DoorbellOptions {
  /** The bell: an empty file whose touching wakes other processes. Made if it is missing. */
  readonly path: string;
  /**
   * Whether others have committed since this was last asked: for when a touch goes unnoticed. If it throws, those who
   * wait are woken, as if somebody had.
   */
  readonly changed: () => boolean;
}

/** Touching more often tells nobody anything new. */
const ringEveryMs = 1;
/** How often to look although nobody rang: while the bell can be heard, and where it cannot. */
const safetyPollMs = 500;
const deafPollMs = { first: 10, last: 50 };

/**
 * Wakes those who wait for something in a shared file, in this process and in others. To miss nothing, `listen`
 * first, then look at the file, then `wait` with what `listen` answered.
 */
export class Doorbell {
  readonly #options: DoorbellOptions;
  readonly #sleepers = new Sleepers();
  #rings = 0;
  #watcher: FSWatcher | undefined;
  #deaf = false;
  #deafPollMs = deafPollMs.first;
  #poll: NodeJS.Timeout | undefined;
  #rungAt = Number.NEGATIVE_INFINITY;
  #pendingRing: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DoorbellOptions) {
    this.#options = options;
  }

  /** From now on rings are counted; answers the count so far. */
  listen(): number {
    if (this.#watcher === undefined && !this.#deaf && !this.#closed) this.#watch();
    return this.#rings;
  }

  /** Wakes who waits here at once, and those elsewhere within about a millisecond. */
  ring(): void {
    if (this.#closed) return;
    this.#heard();
    if (this.#pendingRing !== undefined) return;
    const sinceMs = performance.now() - this.#rungAt;
    if (sinceMs >= ringEveryMs) this.#touch();
    else this.#pendingRing = setTimeout(() => this.#touch(), Math.ceil(ringEveryMs - sinceMs));
  }

  /** Resolves when somebody has rung after `listen` answered `heard`, after `ms`, on abort and on close. */
  async wait(heard: number, ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#rings !== heard || this.#closed || signal?.aborted || ms <= 0) return;
    if (this.#poll === undefined) this.#pollLater();
    await this.#sleepers.sleep(ms, signal);
    if (this.#sleepers.size === 0) this.#stopPolling();
  }

  /** Wakes all who wait; what was rung has reached the others' side. */
  close(): void {
    if (this.#closed) return;
    if (this.#pendingRing !== undefined) this.#touch();
    this.#closed = true;
    this.#watcher?.close();
    this.#wakeAll();
  }

  #heard(): void {
    this.#deafPollMs = deafPollMs.first;
    this.#letLook();
  }

  #letLook(): void {
    this.#rings++;
    this.#wakeAll();
  }

  #wakeAll(): void {
    this.#sleepers.wake();
  }

  #touch(): void {
    clearTimeout(this.#pendingRing);
    this.#pendingRing = undefined;
    this.#rungAt = performance.now();
    const { path } = this.#options;
    try {
      const now = Date.now() / 1000;
      utimesSync(path, now, now);
    } catch {
      this.#make(); // making it rings too
    }
  }

  /** Whether the bell is there. Without it others find out by their polls. */
  #make(): boolean {
    try {
      writeFileSync(this.#options.path, '');
      return true;
    } catch {
      return false; // a full disk or a removed directory, which the file itself is about to report
    }
  }

  #watch(): void {
    if (!this.#make()) return this.#goDeaf();
    try {
      const watcher = watch(this.#options.path, { persistent: false }, (event) => {
        if (event === 'rename') this.#watchAgain();
        this.#heard();
      });
      watcher.on('error', () => this.#goDeaf());
      this.#watcher = watcher;
    } catch {
      this.#goDeaf(); // no inotify watches left, or none on this filesystem
    }
  }

  /** The bell was removed or replaced: what we watch is no longer what others touch. */
  #watchAgain(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (!this.#closed) this.#watch();
  }

  #goDeaf(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#deaf = true;
  }

  #pollLater(): void {
    const ms = this.#deaf ? this.#deafPollMs : safetyPollMs;
    this.#poll = setTimeout(() => {
      this.#poll = undefined;
      this.#deafPollMs = Math.min(this.#deafPollMs * 1.25, deafPollMs.last);
      this.#lookForChanges();
    }, ms);
  }

  #lookForChanges(): void {
    let hasChanged: boolean;
    try {
      hasChanged = this.#options.changed();
    } catch {
      return this.#letLook(); // nobody would catch it here: who looks meets the error, and can tell somebody
    }
    if (hasChanged) this.#heard();
    else this.#pollLater();
  }

  #stopPolling(): void {
    clearTimeout(this.#poll);
    this.#poll = undefined;
  }
}
