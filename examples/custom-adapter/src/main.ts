import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createWaybill, defineHandler, definePlugin } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { z } from 'zod';
import folderBroker from './index.ts';

const double = defineHandler({
  topic: 'double',
  input: z.object({ number: z.number() }),
  output: z.object({ number: z.number() }),
  run: async ({ number }) => ({ number: number * 2 }),
});

const folder = await mkdtemp(join(tmpdir(), 'custom-adapter-'));
const memory = { use: 'memory' };
const waybill = await createWaybill(
  { config: { broker: { use: folderBroker, folder }, channel: memory, store: memory, processes: 'one' } },
  { plugins: [definePlugin({ name: 'doubling', handlers: [double] })] },
);

const tasks = await Promise.all([1, 2, 3].map((number) => waybill.submit(double, { number })));
const waiting = async (): Promise<number> =>
  (await waybill.queues.status()).reduce((sum, { tickets = 0 }) => sum + tickets, 0);
while ((await waiting()) < tasks.length) await pause(10); // a ticket follows its task, which is safe without it
console.log(`${await waiting()} tickets lie in the folder`);

const worker = await startWorker(waybill);
for (const task of tasks) console.log((await task.result({ timeoutMs: 10_000 })).number);

await worker.stop();
await waybill.close();
await rm(folder, { recursive: true });
