import { defineCollection, defineHandler, openEngine, type Ports, Waybill } from '@waybill/core';
import { Worker } from '@waybill/workers';
import { z } from 'zod';
import { type Contender, payload } from './contender.ts';
import { counter } from './counter.ts';

const input = z.object({ n: z.number(), text: z.string() });
const Documents = defineCollection({ name: 'bench', schema: z.object({ n: z.number() }) });

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
  contender.endedSoFar = count.total;
  contender.close = async () => {
    await worker?.stop();
    await waybill.close();
    for (const port of [ports.broker, ports.channel, ports.store]) await port.close();
  };
  return contender;
};
