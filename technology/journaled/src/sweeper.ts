import { isWaybillError, type Runtime, type Timer } from '@waybill/core';
import type { BackendClock } from './backend-clock.ts';
import type { JournalSettings } from './settings.ts';
import type { Sweep } from './sweep.ts';
import type { Tombstones } from './tombstones.ts';

export interface SweeperParts {
  readonly sweep: Sweep;
  readonly tombstones: Tombstones;
  readonly clock: BackendClock;
  readonly runtime: Runtime;
  readonly settings: JournalSettings;
  /** In which it looks for intents and tombstones. */
  collections(): readonly string[];
}

/** Sweeps now and then, from its start to its end. Every client does. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #thoroughAt: number;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    this.#thoroughAt = parts.runtime.monotonic();
  }

  start(): void {
    if (this.#isStopped || this.#timer !== undefined) return;
    const { runtime, settings } = this.#parts;
    this.#timer = runtime.timer(settings.sweepMs * (0.5 + runtime.random()), () => {
      this.#running = this.#sweep();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { sweep, tombstones, clock, runtime, settings, collections } = this.#parts;
    try {
      await clock.measure();
      await sweep.entries(runtime.monotonic(), settings.graceMs);
      await tombstones.remove(runtime.monotonic() - settings.tombstoneMs);
      if (runtime.monotonic() - this.#thoroughAt > settings.graceMs) {
        this.#thoroughAt = runtime.monotonic();
        await sweep.intents(collections());
        await tombstones.discover(runtime.monotonic(), collections());
      }
    } catch (error) {
      // The next sweep, or another client's, does what this one could not.
      if (!isWaybillError(error)) throw error;
    }
    this.#timer = undefined;
    this.start();
  }
}
