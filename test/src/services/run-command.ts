import { spawn } from 'node:child_process';

export interface Finished {
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a program to its end; `code` is undefined where it cannot be started or takes too long. */
export const runCommand = (
  program: string,
  args: readonly string[],
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<Finished> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', (error) => resolve({ code: undefined, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? undefined, output }));
  });
