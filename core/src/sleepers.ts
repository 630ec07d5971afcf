import { realTime } from './real-time.ts';

/** Those who wait for something, each with what it waits for. They look again when they are woken. */
export class Sleepers<For = void> {
  readonly #asleep = new Map<() => void, For>();

  /** What those who wait now wait for. */
  get waitFor(): readonly For[] {
    return [...this.#asleep.values()];
  }

  get size(): number {
    return this.#asleep.size;
  }

  /** Resolves when woken, after `ms`, and on abort. */
  sleep(ms: number, signal: AbortSignal | undefined, waitsFor: For): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        this.#asleep.delete(wake);
        resolve();
      };
      const timer = realTime.timer(ms, wake);
      signal?.addEventListener('abort', wake, { once: true });
      this.#asleep.set(wake, waitsFor);
    });
  }

  /** Wakes those whose wish is granted, by default all. Answers how many. */
  wake(isGranted: (wish: For) => boolean = () => true): number {
    const woken = [...this.#asleep].filter(([, wish]) => isGranted(wish));
    for (const [wake] of woken) wake();
    return woken.length;
  }
}
