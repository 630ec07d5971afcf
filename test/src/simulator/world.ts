import { EventQueue, type Happening } from './event-queue.ts';
import type { Entry } from './history.ts';

/** Where the simulated clocks begin: 2025-01-01. */
export const epochMs = 1_735_689_600_000;

/**
 * One simulated run: its time, what is still to happen, what has happened. Between two happenings every promise
 * that can go on goes on, so that one happening is one step of one process.
 */
export class World {
  /** Milliseconds since the world began; what no clock in it shows. */
  now = 0;
  readonly history: Entry[] = [];
  /** The readable trace, if it was asked for. */
  readonly timeline: string[] | undefined;
  readonly #queue = new EventQueue();
  #scheduled = 0;
  #ordinals = 0;
  #steps = 0;
  #hash = 0x811c9dc5;

  constructor(show: boolean) {
    this.timeline = show ? [] : undefined;
  }

  after(delayMs: number, fire: () => void): Happening {
    const happening = { at: this.now + Math.max(0, delayMs), order: this.#scheduled++, fire };
    this.#queue.push(happening);
    return happening;
  }

  /** What the checker needs to know. */
  record(entry: Entry): void {
    this.history.push(entry);
    this.mix(entry.kind.length + entry.at);
  }

  /** A line of the timeline. */
  tell(who: string, what: string): void {
    if (this.timeline === undefined) return;
    this.timeline.push(`${this.now.toFixed(2).padStart(10)}  ${who.padEnd(12)} ${what}`);
  }

  /** What rejects here would have brought down a real process. */
  guard(who: string, done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      const what = `${who} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      this.record({ kind: 'violation', at: this.now, what });
    });
  }

  /** Folds a number into the hash by which two runs of one seed are compared. */
  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ ((value * 1_000) | 0), 0x01000193);
  }

  /** 1, 2, 3, … */
  ordinal(): number {
    return ++this.#ordinals;
  }

  get steps(): number {
    return this.#steps;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /**
   * Lets happen what is scheduled until `isOver` says so or nothing is left. The loop goes through
   * `process.nextTick` out of a microtask: Node runs it once no microtask is left, ten times faster than
   * `setImmediate` would. And once more, as what is to happen may itself wait for that.
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const happening = isOver() ? undefined : this.#next();
        if (happening?.fire === undefined) return resolve();
        this.now = happening.at;
        this.#steps++;
        this.mix(happening.at);
        try {
          happening.fire();
        } catch (error) {
          return reject(error);
        }
        queueMicrotask(drained);
      };
      const drained = (): void => process.nextTick(() => queueMicrotask(settled));
      const settled = (): void => process.nextTick(step);
      drained();
    });
  }

  #next(): Happening | undefined {
    for (;;) {
      const happening = this.#queue.pop();
      if (happening === undefined || happening.fire !== undefined) return happening;
    }
  }
}
