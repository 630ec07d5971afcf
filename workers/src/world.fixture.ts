import {
  type EngineLog,
  type EngineSettings,
  noPoints,
  openEngine,
  type Plugin,
  type Points,
  type Ports,
  type QueueName,
  type Runtime,
  systemRuntime,
  Waybill,
} from '@waybill/core';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { MemoryStore } from '@waybill/store-memory';
import { onTestFinished } from 'vitest';
import { Worker, type WorkerOptions } from './worker.ts';

export interface World {
  readonly waybill: Waybill;
  readonly ports: Ports;
  work(options?: WorkerOptions): Promise<Worker>;
}

/** A deployment in memory, of its own for each test; short lease and sweeps, so that recovery is seen at once. */
export const openWorld = async (
  plugin: Omit<Plugin, 'name'>,
  options: {
    readonly settings?: Partial<EngineSettings>;
    readonly ports?: Ports;
    readonly runtime?: Runtime;
    readonly log?: EngineLog;
    readonly points?: Points;
  } = {},
): Promise<World> => {
  const ports = options.ports ?? {
    store: new MemoryStore(),
    broker: new MemoryBroker(),
    channel: new MemoryChannel(),
  };
  const engine = await openEngine({
    ports,
    plugins: [{ name: 'test', ...plugin }],
    settings: {
      leaseMs: 300,
      sweepMs: 30,
      requestMs: 2_000,
      retry: { attempts: 3, minDelayMs: 1, maxDelayMs: 5 },
      ...options.settings,
    },
    runtime: options.runtime ?? systemRuntime(),
    log: options.log ?? (() => undefined),
    points: options.points ?? noPoints,
  });
  const waybill = new Waybill(engine);
  const workers: Worker[] = [];
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await waybill.close();
  });
  return {
    waybill,
    ports,
    work: async (given = {}) => {
      const slots: Partial<Record<QueueName, number>> = { normal: 8 };
      const worker = new Worker(engine, { slots, shutdownMs: 50, ...given });
      workers.push(worker);
      await worker.start();
      return worker;
    },
  };
};

/** Resolves as soon as the condition holds; fails after two seconds. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 2_000; performance.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it did not come true');
};
