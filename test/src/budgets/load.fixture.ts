import {
  defineCollection,
  defineHandler,
  definePlugin,
  openEngine,
  type Ports,
  type Runtime,
  type Schema,
  systemRuntime,
  Waybill,
} from '@waybill/core';
import { startWorker } from '@waybill/workers';

const anything = <T>(): Schema<T> => ({
  '~standard': { version: 1, vendor: 'waybill-budgets', validate: (value) => ({ value: value as T }) },
});

const counters = defineCollection({ name: 'counters', schema: anything<{ readonly count: number }>() });

/** Computes, and touches nothing. */
const compute = defineHandler({ topic: 'compute', input: anything<number>(), run: (n) => n + 1 });

/** Reads a document of its own and writes it. */
const count = defineHandler({
  topic: 'count',
  input: anything<number>(),
  run: async (n, work) => {
    const documents = work.documents(counters);
    const counter = await documents.get(`${n}`);
    documents.put(`${n}`, { count: (counter?.count ?? 0) + 1 });
  },
});

export interface Deployment {
  /** So many tasks from the submission to the result, so many at a time. */
  run(task: 'compute' | 'count', tasks: number, atOnce: number): Promise<void>;
  close(): Promise<void>;
}

/** Timers take their time: what a busy machine makes late, and is then looked for, must not count. */
const patientRuntime = (): Runtime => {
  const system = systemRuntime();
  const timer: Runtime['timer'] = (ms, callback) => system.timer(ms * 100, callback);
  return { ...system, timer };
};

/** One process that submits and works. Sweeps are so rare that they cost nothing. */
export const openDeployment = async (ports: Ports): Promise<Deployment> => {
  const engine = await openEngine({
    ports,
    plugins: [definePlugin({ name: 'budgets', handlers: [compute, count], collections: [counters] })],
    runtime: patientRuntime(),
    settings: { leaseMs: 600_000, sweepMs: 600_000, slots: { critical: 4, normal: 100, batch: 2 } },
  });
  const waybill = new Waybill(engine, async () => {
    await Promise.all([ports.store.close(), ports.broker.close(), ports.channel.close()]);
  });
  const worker = await startWorker(waybill);
  return {
    run: async (task, tasks, atOnce) => {
      const type = task === 'compute' ? compute : count;
      let next = 0;
      const client = async (): Promise<void> => {
        while (next < tasks) await (await waybill.submit(type, next++)).result();
      };
      await Promise.all(Array.from({ length: atOnce }, client));
    },
    close: async () => {
      await worker.stop();
      await waybill.close();
    },
  };
};
