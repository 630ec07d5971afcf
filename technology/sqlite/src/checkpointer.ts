import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Writes before a thread is worth its start: a command, or a worker with little to do, never has one. */
const busyAfter = 500;
const lookEvery = 32;

/**
 * Moves the log of a busy file into the file itself, in a thread: that waits for the disk, and the event loop should
 * not. One for all connections of this process to the file. Where there can be no thread, SQLite does it all the
 * same when a commit finds the log long enough.
 */
export class Checkpointer {
  static readonly #byPath = new Map<string, Checkpointer>();
  readonly #path: string;
  #connections = 0;
  #writes = 0;
  #thread: Worker | undefined;
  #isBroken = false;

  /** For one connection, which says when it has written, and when it leaves. */
  static join(path: string): Checkpointer {
    const known = Checkpointer.#byPath.get(path);
    const checkpointer = known ?? new Checkpointer(path);
    if (known === undefined) Checkpointer.#byPath.set(path, checkpointer);
    checkpointer.#connections++;
    return checkpointer;
  }

  private constructor(path: string) {
    this.#path = path;
  }

  written(): void {
    this.#writes++;
    if (this.#writes < busyAfter || this.#writes % lookEvery !== 0 || this.#isBroken) return;
    this.#thread ??= this.#start();
    this.#thread?.postMessage('look');
  }

  /** Resolves when no thread has the file open for the sake of this connection. */
  async leave(): Promise<void> {
    if (--this.#connections > 0) return;
    Checkpointer.#byPath.delete(this.#path);
    if (this.#thread === undefined || this.#isBroken) return;
    const ended = once(this.#thread, 'exit').catch(() => undefined); // an error ends it as well
    this.#thread.ref();
    this.#thread.postMessage('close');
    await ended;
  }

  /** What was written is written: no trouble with the thread may reach whoever wrote. */
  #start(): Worker | undefined {
    const file = import.meta.url.endsWith('.ts') ? 'checkpoint-thread.ts' : 'checkpoint-thread.js';
    try {
      const thread = new Worker(new URL(file, import.meta.url), { workerData: this.#path });
      thread.unref();
      thread.on('error', () => (this.#isBroken = true));
      return thread;
    } catch {
      this.#isBroken = true;
      return undefined;
    }
  }
}
