import { defineHandler, permanent } from '@waybill/core';
import { z } from 'zod';
import { orderShipped } from './order-shipped.ts';

export const shipOrder = defineHandler({
  topic: 'order.ship',
  input: z.object({ orderId: z.string(), parcels: z.int().positive(), address: z.string() }),
  async run({ orderId, parcels, address }, work) {
    // Staged, not sent: it leaves if and when this task commits. Messages of one key keep their order.
    work.publish(orderShipped, { orderId, parcels }, { key: 'shipments' });
    if (address === '') throw permanent(`order ${orderId} has no address`);
    return { orderId };
  },
});
