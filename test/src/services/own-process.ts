import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface OwnProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether it takes requests by now. */
  isUp(): Promise<boolean>;
  readonly startingMs?: number;
}

const endingMs = 10_000;

/** A server process of the tests: started, maltreated and ended by its pid, and never left behind. */
export class OwnProcess {
  readonly #options: OwnProcessOptions;
  #child: ChildProcess | undefined;
  #output = '';
  readonly #killAtExit = (): void => {
    this.#child?.kill('SIGKILL');
  };

  constructor(options: OwnProcessOptions) {
    this.#options = options;
  }

  /** Throws what the server has said if it does not come up. */
  async start(): Promise<void> {
    const { program, args, isUp, startingMs = 15_000 } = this.#options;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    const keep = (data: Buffer): void => {
      this.#output = (this.#output + data.toString()).slice(-4_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    process.once('exit', this.#killAtExit);
    const deadline = performance.now() + startingMs;
    while (!(await isUp())) {
      const ended = failure !== undefined || child.exitCode !== null;
      if (ended || performance.now() > deadline) {
        await this.end('SIGKILL');
        throw new Error(`${program} does not come up: ${failure?.message ?? this.#output}`);
      }
      await pause(20);
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off('exit', this.#killAtExit);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    const late = setTimeout(() => child.kill('SIGKILL'), endingMs);
    await ended;
    clearTimeout(late);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }
}
