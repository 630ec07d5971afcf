import { z } from 'zod';

const redisUrl = z.string().refine((text) => /^rediss?:\/\/[^\s/]+(\/\d*)?(\?.*)?$/.test(text), {
  error: 'is no URL of a Redis: redis://host:6379, or rediss://host:6379 for TLS',
});

/** A cluster has one database only, and sentinels have none. */
const nodeUrl = redisUrl.refine((text) => !/\/\d+(\?|$)/.test(text), {
  error: 'must not name a database: there is only number 0',
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

/** What every adapter on Redis is told: where the server is, and under which keys it works. */
export const connectionOptions = {
  /** One server. With `rediss:` over TLS. May carry user, password and the number of the database. */
  url: redisUrl.default('redis://127.0.0.1:6379'),
  /** Some nodes of a Redis Cluster, instead of `url`. */
  cluster: z.array(nodeUrl).min(1).optional(),
  /** The sentinels that know where the master is, instead of `url`. */
  sentinels: z.array(nodeUrl).min(1).optional(),
  /** Under which name the sentinels know it. */
  master: z.string().min(1).optional(),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  tls: tlsOption.optional(),
  /** First part of every key, and the hash tag: in a cluster everything of one namespace lives in one slot. */
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'use 1 to 64 of A-Z a-z 0-9 . _ -' })
    .default('waybill'),
  /** How long one call may take, waiting for a connection included. */
  requestMs: z.int().min(10).max(600_000).default(5_000),
} as const;

/** Only one way to find the server. */
export const oneWay = {
  check: ({ cluster, sentinels, master }: ConnectionOptions): boolean =>
    !(cluster !== undefined && sentinels !== undefined) &&
    (sentinels === undefined) === (master === undefined),
  error: 'name the server by url, by cluster, or by sentinels together with master',
};

const schema = z.strictObject(connectionOptions);
export type ConnectionOptions = z.output<typeof schema>;
