import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ready = z.object({ workerId: z.string() });
const entry = fileURLToPath(new URL('./worker.ts', import.meta.url));
const stoppingMs = 5_000;

/** A worker in a process of its own, seen from the process that started it. */
export class WorkerProcess {
  /** For people: `A`. */
  readonly name: string;
  /** As the tasks it holds name their owner. */
  readonly workerId: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(name: string, workerId: string, child: ChildProcess) {
    this.name = name;
    this.workerId = workerId;
    this.#child = child;
    this.#ended = isOver(child) ? Promise.resolve() : once(child, 'exit');
  }

  /** Resolves when the worker takes tasks. Throws if it ends before. */
  static async start(name: string, config: string): Promise<WorkerProcess> {
    const child = fork(entry, [config], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const failed = once(child, 'exit').then(() => {
      throw new Error(`worker ${name} has not started; what it said is above`);
    });
    failed.catch(() => undefined); // only the race looks at it
    const [message] = await Promise.race([once(child, 'message'), failed]);
    return new WorkerProcess(name, ready.parse(message).workerId, child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return !isOver(this.#child);
  }

  /** SIGKILL: nothing in it gets a chance to say goodbye. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Lets it give back what it holds, and kills it if that takes too long. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    if (this.#child.connected) this.#child.disconnect();
    const late = new AbortController();
    const patience = pause(stoppingMs, true, { signal: late.signal }).catch(() => false);
    if ((await Promise.race([this.#ended, patience])) === true) await this.kill();
    late.abort();
  }
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
