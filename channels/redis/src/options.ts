import { connectionOptions, oneWay } from '@waybill/redis';
import { z } from 'zod';

export const redisChannelOptions = z
  .strictObject({
    ...connectionOptions,
    /** How many messages of one subject are kept for replay and for groups that are behind, at least. */
    keepMessages: z.int().min(1).max(10_000_000).default(10_000),
    /** For how long a subject's messages are kept after its last one. */
    keepMs: z
      .int()
      .min(1_000)
      .max(31 * 86_400_000)
      .default(86_400_000),
    /** What a member of a group has on loan goes to another when the member has been silent for this long. */
    loanMs: z.int().min(300).max(3_600_000).default(30_000),
  })
  .refine(oneWay.check, { error: oneWay.error });
export type RedisChannelOptions = z.output<typeof redisChannelOptions>;
