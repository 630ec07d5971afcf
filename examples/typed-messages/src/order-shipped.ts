import { defineSubject } from '@waybill/core';
import { z } from 'zod';

/** What senders and readers share: the address, and what a message there looks like. */
export const orderShipped = defineSubject({
  name: 'order.shipped',
  body: z.object({ orderId: z.string(), parcels: z.int().positive() }),
});
