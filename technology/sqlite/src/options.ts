import { z } from 'zod';

/** The one file, shared by all adapters and processes that name it. */
export const fileOption = z
  .string()
  .min(1)
  .refine((file) => !/^(:memory:|file:)/.test(file), {
    error: 'name a file on disk; for a database in memory use the memory adapters',
  })
  .default('./waybill.db');

/** What a commit waits for: `full` the disk, `normal` the operating system. */
export type Synchronous = 'full' | 'normal';
export const synchronousOption = z.enum(['full', 'normal']);

/** How long a call waits for its turn while other processes write. */
export const busyTimeoutOption = z.int().min(0).max(600_000).default(5_000);

export interface FileOptions {
  readonly file: string;
  readonly synchronous: Synchronous;
  readonly busyTimeoutMs: number;
}
