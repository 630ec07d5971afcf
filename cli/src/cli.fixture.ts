import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  createContainer,
  defineEffect,
  defineHandler,
  type Engine,
  type EngineSettings,
  loadConfig,
  openEngine,
  permanent,
  type Plugin,
  type Ports,
  Waybill,
} from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { startWorker, type Worker, type WorkerOptions } from '@waybill/workers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { runCli } from './run-cli.ts';
import type { Sink, Source, StopSignal, Surroundings } from './surroundings.ts';

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--json` printed. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at it field by field
  readonly json: any;
}

export interface RunOptions {
  readonly stdin?: string | readonly (string | Uint8Array)[];
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with how to ask the process to stop. */
  readonly onStart?: (stop: (signal: StopSignal) => void) => void;
}

/** Runs one command in this process, on a terminal or not, with nothing of this machine around it. */
export const runIn = async (
  open: Surroundings['open'],
  argv: readonly string[],
  { stdin = '', terminal = false, columns = 80, env = {}, cwd = '/nowhere', onStart }: RunOptions = {},
): Promise<Ran> => {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    write: (text) => {
      written[name] += text;
    },
    isTTY: terminal,
    columns,
  });
  const listeners = new Set<(signal: StopSignal) => void>();
  onStart?.((signal) => {
    for (const listener of [...listeners]) listener(signal);
  });
  const exit = await runCli({
    ...{ argv, env, cwd, open },
    stdin: sourceOf(stdin, terminal),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    onStop: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  });
  const { stdout, stderr } = written;
  return {
    ...{ exit, stdout, stderr },
    get json() {
      return JSON.parse(stdout);
    },
  };
};

const sourceOf = (chunks: NonNullable<RunOptions['stdin']>, terminal: boolean): Source => ({
  isTTY: terminal,
  async *[Symbol.asyncIterator]() {
    yield* typeof chunks === 'string' ? [chunks] : chunks;
  },
});

/** What the tests work with: one topic that works, one that fails, one that takes its time. */
export const testPlugin = (): Plugin & { readonly release: () => void } => {
  const gate = Promise.withResolvers<void>();
  const effect = defineEffect({
    name: 'courier.book',
    args: z.object({}),
    do: async () => ({ booked: true }),
    undo: async () => undefined,
  });
  return {
    name: 'test',
    release: () => gate.resolve(),
    effects: [effect],
    managers: [{ name: 'images', topics: ['image.*'], manage: async () => 'managed' }],
    handlers: [
      defineHandler({
        topic: 'greet',
        input: z.object({ name: z.string() }),
        run: async ({ name }, work) => {
          work.log.info(`greeting ${name}`, { letters: name.length });
          return { message: `Hello, ${name}!` };
        },
      }),
      defineHandler({
        topic: 'fail',
        input: z.object({ because: z.string() }),
        run: async ({ because }, work) => {
          await work.effect(effect, {});
          throw permanent(because);
        },
      }),
      defineHandler({
        topic: 'slow',
        input: z.object({}),
        run: async (_, work) => {
          work.progress(0.5, 'half way');
          await gate.promise;
          return 'done';
        },
      }),
    ],
  };
};

export interface CliWorld {
  readonly waybill: Waybill;
  readonly plugin: ReturnType<typeof testPlugin>;
  run(command: string | readonly string[], options?: RunOptions): Promise<Ran>;
  work(options?: WorkerOptions): Promise<Worker>;
}

/** A deployment in memory that outlives its commands, as a real one does. */
export const openCliWorld = async (given: Partial<EngineSettings> = {}): Promise<CliWorld> => {
  const ports: Ports = { store: new MemoryStore(), broker: new MemoryBroker(), channel: new MemoryChannel() };
  const plugin = testPlugin();
  const settings = { leaseMs: 500, sweepMs: 20, ...given };
  const openOne = (): Promise<Engine> => openEngine({ ports, plugins: [plugin], settings });
  const memory = { use: 'memory' } as const;
  const config = { broker: memory, channel: memory, store: memory };
  const loaded = await loadConfig({ cwd: import.meta.dirname, env: {}, config });
  const open: Surroundings['open'] = async () => {
    const { guarantees, close } = await createContainer(loaded);
    await close();
    const server = { server: 'memory', findings: [] };
    const waybill = new Waybill(await openOne());
    const servers = { broker: server, channel: server, store: server };
    return { waybill, loaded, guarantees, servers, warnings: [], plugins: [plugin] };
  };
  const waybill = new Waybill(await openOne());
  const workers: Worker[] = [];
  onTestFinished(async () => {
    plugin.release();
    await Promise.all(workers.map((worker) => worker.stop()));
    await waybill.close();
  });
  return {
    ...{ waybill, plugin },
    run: (command, options) =>
      runIn(open, typeof command === 'string' ? command.split(' ') : command, options),
    work: async (options = {}) => {
      const worker = await startWorker(waybill, { shutdownMs: 50, ...options });
      workers.push(worker);
      return worker;
    },
  };
};

/** Resolves as soon as the condition holds; fails after a while. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 15_000; performance.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not come true');
};
