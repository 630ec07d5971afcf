import type { RedisConnection } from '@waybill/redis';
import type { Unfinished } from './catalog.ts';
import { indexedScript, indexScript } from './scripts/index-script.ts';

/**
 * Puts into a new index the documents that were there before it. Every writer keeps the index already, so that any
 * number of processes may do this at once, and again after a crash.
 */
export const buildIndex = async (
  redis: RedisConnection,
  store: string,
  { collection, slot }: Unfinished,
): Promise<void> => {
  const prefix = `${store}:d:${collection}:`;
  for await (const keys of redis.scan(`${prefix}*`)) {
    const members = keys.map((key) => key.subarray(prefix.length));
    if (members.length > 0) await redis.run(indexScript, [store], [collection, slot, ...members]);
  }
  await redis.run(indexedScript, [store], [collection, slot]);
};
