import { z } from 'zod';

/** What a config may say beside `use`. Strict, so that a misspelt option is found at start. */
export const folderBrokerOptions = z.strictObject({
  folder: z.string().min(1).describe('Where the tickets lie; made if it is not there'),
  pollMs: z.int().min(1).max(10_000).default(20).describe('How often a waiting worker looks into the folder'),
});

export type FolderBrokerOptions = z.output<typeof folderBrokerOptions>;
