import type { Runtime } from './runtime.ts';
import { systemRuntime } from './system-runtime.ts';

/** Wakes one who waits. To miss nothing, `reset`, then look, then `wait`. */
export class Alarm {
  readonly #runtime: Pick<Runtime, 'timer'>;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(runtime: Pick<Runtime, 'timer'> = systemRuntime()) {
    this.#runtime = runtime;
  }

  reset(): void {
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when it has rung since the last `reset`, after `ms`, and on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = this.#runtime.timer(ms, wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }
}
