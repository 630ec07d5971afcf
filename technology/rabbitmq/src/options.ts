import { z } from 'zod';

const amqpUrl = z.string().refine((text) => /^amqps?:\/\/[^\s/?]+(\/[^\s/?]*)?$/.test(text), {
  error: 'is no URL of a RabbitMQ: amqp://host:5672, or amqps://host:5671 for TLS, with /vhost if need be',
});

const tlsOption = z.union([
  z.boolean(),
  z.strictObject({
    /** PEM texts. */
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
    servername: z.string().optional(),
  }),
]);

/** What every adapter on RabbitMQ is told: where the server is, and under which names it works. */
export const connectionOptions = {
  /** One server. With `amqps:` over TLS. May carry user, password and the virtual host. */
  url: amqpUrl.default('amqp://127.0.0.1:5672'),
  /** The nodes of a cluster, instead of `url`: any of them will do, and another one when it fails. */
  cluster: z.array(amqpUrl).min(1).optional(),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  tls: tlsOption.optional(),
  /** First part of the name of every queue and exchange. */
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'use 1 to 64 of A-Z a-z 0-9 . _ -' })
    .default('waybill'),
  /** How long one call may take, waiting for a connection included. */
  requestMs: z.int().min(10).max(600_000).default(5_000),
  /** A connection on which nothing has come for twice this long is given up. */
  heartbeatMs: z.int().min(1_000).max(600_000).default(5_000),
} as const;

const schema = z.strictObject(connectionOptions);
export type ConnectionOptions = z.output<typeof schema>;
