import { z } from 'zod';

export const memoryChannelOptions = z.strictObject({
  /** How many messages are kept for subscribers that begin before now; older ones are forgotten first. */
  maxMessages: z.number().int().min(1).default(10_000),
});
