import { join } from 'node:path';
import { defineCollection, defineHandler, openEngine, type Ports, Waybill } from '@waybill/core';
import { Worker } from '@waybill/workers';
import { z } from 'zod';
import { type Contender, type OpenContender, payload } from '../contender.ts';

const input = z.object({ n: z.number(), text: z.string() });
const Documents = defineCollection({ name: 'bench', schema: z.object({ n: z.number() }) });

export const memoryPorts = async (): Promise<Ports> => {
  const [{ MemoryStore }, { MemoryBroker }, { MemoryChannel }] = await Promise.all([
    import('@waybill/store-memory'),
    import('@waybill/broker-memory'),
    import('@waybill/channel-memory'),
  ]);
  return { store: new MemoryStore(), broker: new MemoryBroker(), channel: new MemoryChannel() };
};

export const sqlitePorts = async (folder: string, synchronous: 'full' | 'normal'): Promise<Ports> => {
  const [{ openSqliteStore }, { openSqliteBroker }, { openSqliteChannel }] = await Promise.all([
    import('@waybill/store-sqlite'),
    import('@waybill/broker-sqlite'),
    import('@waybill/channel-sqlite'),
  ]);
  const file = join(folder, 'waybill.db');
  return {
    store: await openSqliteStore({ file, synchronous }),
    broker: await openSqliteBroker({ file }),
    channel: await openSqliteChannel({ file }),
  };
};

/** Everything on: record, fence, lease, result kept, outbox, hints. */
export const openWaybill = async (ports: Ports): Promise<Contender> => {
  let document = false;
  const contender: Contender & { onStart?: (n: number) => void } = { close: () => undefined };
  const handler = defineHandler({
    topic: 'bench',
    input,
    run({ n }, work) {
      contender.onStart?.(n);
      if (document) work.documents(Documents).put(String(n), { n });
      return { ok: true };
    },
  });
  const engine = await openEngine({
    ports,
    plugins: [{ name: 'bench', handlers: [handler], collections: [Documents] }],
  });
  const waybill = new Waybill(engine);
  let worker: Worker | undefined;
  const count = counter();
  contender.submit = async (n) => {
    await waybill.submit(handler, payload(n));
  };
  contender.submitMany = async (from, many) => {
    const one = (_: unknown, i: number) => ({ type: handler, input: payload(from + i) });
    await waybill.submitMany(Array.from({ length: many }, one));
  };
  contender.startWorkers = async (options) => {
    document = options.document;
    worker = new Worker(engine, {
      slots: { normal: options.concurrency, critical: 1, batch: 1 },
      onSettled: count.one,
    });
    await worker.start();
  };
  contender.ended = count.wait;
  contender.close = async () => {
    await worker?.stop();
    await waybill.close();
    for (const port of [ports.broker, ports.channel, ports.store]) await port.close();
  };
  return contender;
};

export const waybillMemory: OpenContender = async () => openWaybill(await memoryPorts());
export const waybillSqlite =
  (synchronous: 'full' | 'normal'): OpenContender =>
  async (folder) =>
    openWaybill(await sqlitePorts(folder, synchronous));

/** Counts ends; `wait(n)` resolves when n more have come. */
export const counter = () => {
  let have = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let tell: () => void = () => undefined;
  return {
    one: (): void => {
      if (++have >= wanted) tell();
    },
    wait: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          have -= count;
          wanted = Number.POSITIVE_INFINITY;
          resolve();
        };
        if (have >= count) return done();
        wanted = count;
        tell = done;
      }),
  };
};
