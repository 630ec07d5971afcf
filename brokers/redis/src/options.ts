import { connectionOptions, oneWay } from '@waybill/redis';
import { z } from 'zod';

export const redisBrokerOptions = z
  .strictObject({
    ...connectionOptions,
    /** A ticket that its holder neither settles nor gives back goes to another after this long. */
    loanMs: z.int().min(100).max(3_600_000).default(30_000),
  })
  .refine(oneWay.check, { error: oneWay.error });
export type RedisBrokerOptions = z.output<typeof redisBrokerOptions>;
