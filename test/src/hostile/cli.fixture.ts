import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createContainer, loadConfig, openEngine, Waybill } from '@waybill/core';
import { type OpenDeployment, runCli, type Sink, type Source } from 'waybill';
import { echo, openWorld, things, type World } from './world.fixture.ts';

export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliWorld extends World {
  /** In this process, with nothing of this machine around it. Rejects if the command line does. */
  run(argv: readonly string[], stdin?: string): Promise<Ran>;
}

/** A deployment in memory that outlives its commands, as a real one does. */
export const openCliWorld = async (): Promise<CliWorld> => {
  const world = await openWorld();
  const memory = { use: 'memory' } as const;
  const config = { broker: memory, channel: memory, store: memory };
  const loaded = await loadConfig({ cwd: import.meta.dirname, env: {}, config });
  const { guarantees, close } = await createContainer(loaded);
  await close();
  const plugins = [{ name: 'hostile', handlers: [echo], collections: [things] }];
  const server = { server: 'memory', findings: [] };
  const servers = { broker: server, channel: server, store: server };
  const open: OpenDeployment = async () => {
    const engine = await openEngine({ ports: world.ports, plugins });
    return { waybill: new Waybill(engine), loaded, guarantees, servers, warnings: [], plugins };
  };
  const run = async (argv: readonly string[], stdin = ''): Promise<Ran> => {
    const [stdout, stderr] = [new Written(), new Written()];
    const exit = await runCli({
      ...{ argv, open, stdout, stderr, env: {}, cwd: import.meta.dirname, stdin: sourceOf(stdin) },
      onStop: () => () => undefined,
    });
    return { exit, stdout: stdout.text, stderr: stderr.text };
  };
  return { ...world, run };
};

class Written implements Sink {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

const sourceOf = (text: string): Source => ({
  async *[Symbol.asyncIterator]() {
    yield text;
  },
});

const main = join(import.meta.dirname, '../../../cli/src/main.ts');

/** The real command line in a process of its own, on the sources. */
export const runProcess = (cwd: string, argv: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@waybill/source', main, ...argv], {
      cwd,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += chunk));
    child.stderr.on('data', (chunk) => (said.stderr += chunk));
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, ...said }));
  });
