import { busyTimeoutOption, fileOption, synchronousOption } from '@waybill/sqlite';
import { z } from 'zod';

const day = 24 * 60 * 60 * 1000;

export const sqliteChannelOptions = z.strictObject({
  file: fileOption,
  /**
   * `full`: a published message survives a loss of power; hints and settlements wait for no disk, as they need not.
   * `normal`: faster, but the last messages before a loss of power may be gone.
   */
  synchronous: synchronousOption.default('full'),
  busyTimeoutMs: busyTimeoutOption,
  /** How long messages are kept for replay and for groups without a live subscriber. */
  retainMs: z.int().min(1_000).default(day),
  /** How many messages are kept at most; older ones go first. */
  maxMessages: z.int().min(1_000).default(1_000_000),
  /** After how long without a sign of life a subscriber's unsettled messages go to others of its group. */
  leaseMs: z.int().min(100).max(600_000).default(15_000),
});
export type SqliteChannelOptions = z.output<typeof sqliteChannelOptions>;
