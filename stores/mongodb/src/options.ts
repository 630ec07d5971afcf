import { z } from 'zod';

const tlsOption = z.union([
  z.boolean(),
  z.strictObject({
    /** PEM texts. */
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
  }),
]);

export const mongodbStoreOptions = z.strictObject({
  /** Of a replica set, a sharded cluster, a standalone server or something that speaks like one. */
  url: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^\s/]+(\/[^\s?]*)?(\?\S*)?$/, {
      error: 'is no URL of a MongoDB: mongodb://host:27017/database?replicaSet=rs0',
    })
    .default('mongodb://127.0.0.1:27017'),
  /** Default: the one that the URL names, else `waybill`. */
  database: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/, { error: 'use 1 to 38 of A-Z a-z 0-9 _ -' })
    .optional(),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  tls: tlsOption.optional(),
  /**
   * How a transaction over several documents is made whole. `native`: by the server's own transactions. `journaled`:
   * by a journal beside the documents, for servers that have none. `auto` tries at start which of the two it is.
   */
  atomicity: z.enum(['auto', 'native', 'journaled']).default('auto'),
  /** How long one call may take, waiting for a connection included. */
  requestMs: z.int().min(10).max(600_000).default(5_000),
  /** How many transactions over several documents one call may have under way at once. */
  parallel: z.int().min(1).max(100).default(16),
});
export type MongodbStoreOptions = z.output<typeof mongodbStoreOptions>;
