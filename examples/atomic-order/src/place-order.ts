import { defineCollection, defineHandler, definePlugin, defineSubject, permanent } from '@waybill/core';
import { z } from 'zod';

export const orders = defineCollection({
  name: 'orders',
  schema: z.object({ item: z.string(), quantity: z.int().positive() }),
});
export const stock = defineCollection({ name: 'stock', schema: z.object({ left: z.int() }) });
export const invoices = defineCollection({ name: 'invoices', schema: z.object({ orderId: z.string() }) });

export const orderPlaced = defineSubject({ name: 'order.placed', body: z.object({ orderId: z.string() }) });

export const writeInvoice = defineHandler({
  topic: 'invoice.write',
  input: z.object({ orderId: z.string() }),
  async run({ orderId }, work) {
    work.documents(invoices).put(`invoice-${orderId}`, { orderId });
    return null;
  },
});

/** Two documents, a message and a follow-up task: all of it at one instant, or none of it. */
export const placeOrder = defineHandler({
  topic: 'order.place',
  input: z.object({ orderId: z.string(), item: z.string(), quantity: z.int().positive() }),
  output: z.object({ invoiceTask: z.string() }),
  async run({ orderId, item, quantity }, work) {
    const left = (await work.documents(stock).get(item))?.left ?? 0;
    work.documents(orders).put(orderId, { item, quantity });
    work.documents(stock).put(item, { left: left - quantity });
    work.publish(orderPlaced, { orderId });
    const invoiceTask = work.submit(writeInvoice, { orderId });
    // Late on purpose: everything is staged by now, and nothing of it will have happened.
    if (left < quantity) throw permanent(`only ${left} of ${item} left`);
    return { invoiceTask };
  },
});

export default definePlugin({
  name: 'orders',
  handlers: [placeOrder, writeInvoice],
  collections: [orders, stock, invoices],
});
