import { connectionOptions, oneWay } from '@waybill/redis';
import { z } from 'zod';

export const redisStoreOptions = z
  .strictObject(connectionOptions)
  .refine(oneWay.check, { error: oneWay.error });
export type RedisStoreOptions = z.output<typeof redisStoreOptions>;
