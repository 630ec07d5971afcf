import { z } from 'zod';

const kafkaUrl = z
  .string()
  .refine((text) => /^kafka(\+ssl)?:\/\/[^\s/@,]+:\d+(,[^\s/@,]+:\d+)*\/?$/.test(text), {
    error: 'is no URL of a Kafka: kafka://host:9092, or kafka+ssl://host:9093,host2:9093 for TLS',
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

const saslOption = z.strictObject({
  mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']).default('SCRAM-SHA-512'),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  /** For OAUTHBEARER. */
  token: z.string().min(1).optional(),
});

/** What every adapter on Kafka is told: where some of the nodes are, and under which names it works. */
export const connectionOptions = {
  /** Some nodes of the cluster, separated by commas. With `kafka+ssl:` over TLS. */
  url: kafkaUrl.default('kafka://127.0.0.1:9092'),
  tls: tlsOption.optional(),
  sasl: saslOption.optional(),
  /** First part of every topic and group. */
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'use 1 to 64 of A-Z a-z 0-9 . _ -' })
    .default('waybill'),
  /** How long one call may take, waiting for a connection included. */
  requestMs: z.int().min(100).max(600_000).default(10_000),
  /** Copies of each partition that a new topic gets; `-1`: as many as the cluster does by default. */
  replication: z.int().min(-1).max(15).default(-1),
  /** A process that is silent for this long has lost its partitions. Kafka itself allows 6 s to 30 min. */
  sessionMs: z.int().min(1_000).max(1_800_000).default(10_000),
} as const;

/** Of a new topic: its partitions. */
export const partitionsOption = z.int().min(1).max(1_000);

/** Of a new topic: for how long it keeps what it has. */
export const keepMsOption = z
  .int()
  .min(60_000)
  .max(365 * 86_400_000);

const schema = z.strictObject(connectionOptions);
export type ConnectionOptions = z.output<typeof schema>;
