import { connectionOptions } from '@waybill/kafka';
import { z } from 'zod';

export const kafkaBrokerOptions = z.strictObject({
  ...connectionOptions,
  /** Of a new topic: how many processes can read a queue at the same time. With 1 tickets keep their order. */
  partitions: z.int().min(1).max(1_000).default(8),
  /** Of a new topic: tickets that nobody has taken for this long are dropped, and issued again by the store. */
  keepMs: z
    .int()
    .min(60_000)
    .max(365 * 86_400_000)
    .default(7 * 86_400_000),
});
export type KafkaBrokerOptions = z.output<typeof kafkaBrokerOptions>;
