import { createWaybill, isWaybillError, type Waybill } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import orderPlugin, { invoices, orderPlaced, orders, placeOrder, stock } from './place-order.ts';

/** Tells each order of which a message comes. */
const listen = async (waybill: Waybill, signal: AbortSignal, tell: Listener): Promise<void> => {
  const { onReady, onOrder } = tell;
  for await (const { item } of waybill.subscribe(orderPlaced, { signal, onReady }))
    onOrder(item.body.orderId);
};

interface Listener {
  readonly onReady: () => void;
  readonly onOrder: (orderId: string) => void;
}

const place = async (waybill: Waybill, orderId: string, quantity: number): Promise<void> => {
  const task = await waybill.submit(placeOrder, { orderId, item: 'lamp', quantity });
  try {
    const { invoiceTask } = await task.result({ timeoutMs: 10_000 });
    await waybill.task(invoiceTask).result({ timeoutMs: 10_000 });
    console.log(`${orderId}, ${quantity} lamps: ${await task.status()}`);
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    console.log(`${orderId}, ${quantity} lamps: ${error.message}`);
  }
};

const show = async (waybill: Waybill, heard: readonly string[]): Promise<void> => {
  const left = (await waybill.documents(stock).get('lamp'))?.value.left;
  for (const orderId of ['o-1', 'o-2']) {
    const order = await waybill.documents(orders).get(orderId);
    const invoice = await waybill.documents(invoices).get(`invoice-${orderId}`);
    const parts = [
      order === undefined ? 'no order' : 'an order',
      invoice === undefined ? 'no invoice' : 'an invoice',
      heard.includes(orderId) ? 'a message' : 'no message',
    ];
    console.log(`  ${orderId}: ${parts.join(', ')}`);
  }
  console.log(`  ${left} lamps are left`);
};

const memory = { use: 'memory' };
const waybill = await createWaybill(
  { config: { broker: memory, channel: memory, store: memory } },
  { plugins: [orderPlugin] },
);
const worker = await startWorker(waybill);
const over = new AbortController();
const ready = Promise.withResolvers<void>();
const message = Promise.withResolvers<void>();
const heard: string[] = [];
const listening = listen(waybill, over.signal, {
  onReady: ready.resolve,
  onOrder: (orderId) => {
    heard.push(orderId);
    message.resolve();
  },
});
await ready.promise;

await waybill.documents(stock).put('lamp', { left: 5 });
await place(waybill, 'o-1', 3);
await place(waybill, 'o-2', 3);
await message.promise;
await show(waybill, heard);

over.abort();
await listening;
await worker.stop();
await waybill.close();
