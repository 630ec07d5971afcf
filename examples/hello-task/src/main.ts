import { createWaybill, defineHandler, definePlugin } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { z } from 'zod';

const greet = defineHandler({
  topic: 'greet',
  input: z.object({ name: z.string() }),
  output: z.object({ greeting: z.string() }),
  async run({ name }) {
    return { greeting: `Hello, ${name}!` };
  },
});

const memory = { use: 'memory' };
const waybill = await createWaybill(
  { config: { broker: memory, channel: memory, store: memory } },
  { plugins: [definePlugin({ name: 'hello', handlers: [greet] })] },
);
const worker = await startWorker(waybill);

const task = await waybill.submit(greet, { name: 'Ada' });
const { greeting } = await task.result({ timeoutMs: 10_000 });
console.log(greeting);
console.log(`The task is ${await task.status()}.`);

await worker.stop();
await waybill.close();
