import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Call } from './processes/child.ts';

/** How a child process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it said on stderr. */
  readonly said: string;
}

export interface Child {
  readonly ended: Promise<Ending>;
  readonly isAlive: boolean;
  kill(signal: NodeJS.Signals): void;
}

const keptText = 4_000;

/** A real process of its own, on the sources. It cannot outlive this one: its stdin closes with us. */
export const startChild = (call: Call): Child => {
  const program = join(import.meta.dirname, 'processes', 'child.ts');
  const child = spawn(process.execPath, ['--conditions=@waybill/source', program, JSON.stringify(call)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const ended = endingOf(child);
  return {
    ended,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: (signal) => void child.kill(signal),
  };
};

const endingOf = (child: ChildProcess): Promise<Ending> => {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-keptText);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, said }));
  });
};
