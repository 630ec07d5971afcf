import { connectionOptions } from '@waybill/rabbitmq';
import { z } from 'zod';

export const rabbitmqBrokerOptions = z.strictObject({
  ...connectionOptions,
  /** Of what kind the queues are: replicated and on disk before it is confirmed, or on one node and cheaper alone. */
  queueType: z.enum(['quorum', 'classic']).default('quorum'),
  /**
   * Over how many queues of the server each queue is spread, by its tasks: more than one node or core can serve it then,
   * and order is lost. The same for every process of a namespace.
   */
  shards: z.int().min(1).max(64).default(1),
});
export type RabbitmqBrokerOptions = z.output<typeof rabbitmqBrokerOptions>;
