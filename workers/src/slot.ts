import type { QueueName, Runtime } from '@waybill/core';
import type { Slots } from './slots.ts';

/** The right of one task to run its handler in this process: given up when its commit is sent, and had again to run again. */
export class Slot {
  readonly #slots: Slots;
  readonly #queue: QueueName;
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  #since: number;
  #isHeld = true;
  /** Ends the wait for it, with the reason. */
  #forgo: ((reason: unknown) => void) | undefined;

  /** `slots` has counted it as taken. */
  constructor(slots: Slots, queue: QueueName, runtime: Pick<Runtime, 'monotonic'>) {
    this.#slots = slots;
    this.#queue = queue;
    this.#runtime = runtime;
    this.#since = runtime.monotonic();
  }

  /** The next task can have it. Idempotent. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#slots.release(this.#queue, this.#runtime.monotonic() - this.#since);
  }

  /** Resolves when the task has a slot: at once if it has kept its own or another one is free. */
  async regain(): Promise<void> {
    if (this.#isHeld) return;
    await new Promise<void>((resolve, reject) => {
      const taken = (): void => {
        this.#forgo = undefined;
        this.#isHeld = true;
        this.#since = this.#runtime.monotonic();
        resolve();
      };
      this.#forgo = (reason) => {
        this.#forgo = undefined;
        this.#slots.forgo(this.#queue, taken);
        reject(reason);
      };
      this.#slots.retake(this.#queue, taken);
    });
  }

  /** Whoever waits in `regain` waits no longer, and is told why. A slot that it has already it keeps. */
  forgo(reason: unknown): void {
    this.#forgo?.(reason);
  }
}
