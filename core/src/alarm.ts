import { Sleepers } from './sleepers.ts';

/** Wakes one who waits. To miss nothing, `reset`, then look, then `wait`. */
export class Alarm {
  readonly #sleepers = new Sleepers();
  #rung = false;

  reset(): void {
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#sleepers.wake();
  }

  /** Resolves when it has rung since the last `reset`, after `ms`, and on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return this.#rung ? Promise.resolve() : this.#sleepers.sleep(ms, signal);
  }
}
