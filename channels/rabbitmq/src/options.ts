import { connectionOptions } from '@waybill/rabbitmq';
import { z } from 'zod';

export const rabbitmqChannelOptions = z.strictObject({
  ...connectionOptions,
  /**
   * Whether messages are kept in a stream, so that they can be replayed. Default: where the server has streams, which is
   * from RabbitMQ 3.9 on.
   */
  streams: z.boolean().optional(),
  /** How much of the stream is kept at least, in bytes. The oldest goes first. */
  keepBytes: z.int().min(1_000_000).max(1e12).default(1_000_000_000),
  /** How long a message is kept in the stream at least. */
  keepMs: z
    .int()
    .min(1_000)
    .max(366 * 86_400_000)
    .default(86_400_000),
});
export type RabbitmqChannelOptions = z.output<typeof rabbitmqChannelOptions>;
