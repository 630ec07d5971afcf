import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  defineCollection,
  defineHandler,
  definePlugin,
  type JsonObject,
  openEngine,
  type Ports,
  type Schema,
  type UnitOfWork,
  Waybill,
} from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { startWorker } from '@waybill/workers';

/** Lets everything through, so that what refuses is ours. */
export const anything = <T>(): Schema<T> => ({
  '~standard': { version: 1, vendor: 'waybill-hostile', validate: (value) => ({ value: value as T }) },
});

export const things = defineCollection({
  name: 'things',
  schema: anything<JsonObject>(),
  indexes: [{ name: 'rank', fields: ['kind', 'rank'] }],
});

/** Answers its input. */
export const echo = defineHandler({
  topic: 'hostile.echo',
  input: anything(),
  output: anything(),
  run: (input) => input,
});

/** What the task `perform` does: functions cannot be submitted. */
export type Act = (work: UnitOfWork) => unknown;

export interface World {
  readonly waybill: Waybill;
  readonly ports: Ports;
  /** What went wrong in the background: sweeps that failed, messages that could not be sent. */
  readonly complaints: readonly string[];
  /** Runs this in a task, and answers what it answered or threw; the task commits unless it threw. */
  perform(act: Act): Promise<unknown>;
  close(): Promise<void>;
}

/** A deployment and a worker, in memory unless other ports are given. */
export const openWorld = async (given: Partial<Ports> = {}): Promise<World> => {
  const ports: Ports = {
    store: new MemoryStore(),
    broker: new MemoryBroker(),
    channel: new MemoryChannel(),
    ...given,
  };
  const acts = new Map<string, Act>();
  const performer = defineHandler({
    topic: 'hostile.perform',
    input: anything<{ readonly act: string }>(),
    output: anything(),
    retry: { attempts: 1 },
    run: ({ act }, work) => acts.get(act)?.(work),
  });
  const complaints: string[] = [];
  const engine = await openEngine({
    ports,
    plugins: [definePlugin({ name: 'hostile', handlers: [echo, performer], collections: [things] })],
    log: (level, event, fields) => {
      if (level === 'error' || level === 'warn') complaints.push(`${event} ${JSON.stringify(fields)}`);
    },
  });
  const waybill = new Waybill(engine, async () => {
    await Promise.all([ports.store.close(), ports.broker.close(), ports.channel.close()]);
  });
  const worker = await startWorker(waybill);
  let performed = 0;
  return {
    waybill,
    ports,
    complaints,
    perform: async (act) => {
      const name = String(++performed);
      const thrown: unknown[] = [];
      acts.set(name, async (work) => {
        try {
          return await act(work);
        } catch (error) {
          thrown.push(error);
          throw error;
        }
      });
      try {
        const task = await waybill.submit(performer, { act: name });
        return await task.result().catch((error: unknown) => Promise.reject(thrown[0] ?? error));
      } finally {
        acts.delete(name);
      }
    },
    close: async () => {
      await worker.stop();
      await waybill.close();
    },
  };
};
