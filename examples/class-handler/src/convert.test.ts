import { createWaybill, defineTaskType } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import money from './convert.ts';

/** What a producer knows of the topic: it has no need of the class. */
const convert = defineTaskType({
  topic: 'money.convert',
  input: z.object({ amount: z.number(), from: z.string(), to: z.string() }),
  output: z.object({ amount: z.number() }),
});

it('the class is made by the container, with what its constructor asks for', async () => {
  const memory = { use: 'memory' };
  const waybill = await createWaybill(
    { config: { broker: memory, channel: memory, store: memory } },
    { plugins: [money] },
  );
  const worker = await startWorker(waybill);
  const task = await waybill.submit(convert, { amount: 8, from: 'EUR', to: 'USD' });
  expect(await task.result({ timeoutMs: 10_000 })).toEqual({ amount: 10 });
  await worker.stop();
  await waybill.close();
});
