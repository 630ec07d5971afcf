import { connectionOptions, keepMsOption, partitionsOption } from '@waybill/kafka';
import { z } from 'zod';

export const kafkaBrokerOptions = z.strictObject({
  ...connectionOptions,
  /** Of a new topic: how many processes can read a queue at the same time. With 1 tickets keep their order. */
  partitions: partitionsOption.default(8),
  /** Of a new topic: tickets that nobody has taken for this long are dropped, and issued again by the store. */
  keepMs: keepMsOption.default(7 * 86_400_000),
});
export type KafkaBrokerOptions = z.output<typeof kafkaBrokerOptions>;
