import { createWaybill, definePlugin, isWaybillError, type Waybill } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { orderShipped } from './order-shipped.ts';
import { shipOrder } from './ship-order.ts';

const ship = async (waybill: Waybill, orderId: string, parcels: number, address: string): Promise<void> => {
  const task = await waybill.submit(shipOrder, { orderId, parcels, address });
  try {
    await task.result({ timeoutMs: 10_000 });
    console.log(`${orderId}: ${await task.status()}`);
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    console.log(`${orderId}: ${error.message}`);
  }
};

/** What this many messages say. */
const hear = async (waybill: Waybill, wanted: number, onReady: () => void): Promise<readonly string[]> => {
  const over = new AbortController();
  const heard: string[] = [];
  for await (const { item } of waybill.subscribe(orderShipped, { signal: over.signal, onReady })) {
    const { orderId, parcels } = item.body; // a string and a number: it has passed the schema
    heard.push(`${orderId} is on its way in ${parcels} parcels`);
    if (heard.length === wanted) over.abort();
  }
  return heard;
};

const memory = { use: 'memory' };
const waybill = await createWaybill(
  { config: { broker: memory, channel: memory, store: memory } },
  { plugins: [definePlugin({ name: 'shipping', handlers: [shipOrder] })] },
);
const worker = await startWorker(waybill);

const ready = Promise.withResolvers<void>();
const hearing = hear(waybill, 2, ready.resolve);
await ready.promise;

await ship(waybill, 'o-1', 2, 'Via Roma 1');
await ship(waybill, 'o-2', 1, '');
await ship(waybill, 'o-3', 3, 'Rue Pasteur 7');
for (const message of await hearing) console.log(`heard: ${message}`);

await worker.stop();
await waybill.close();
