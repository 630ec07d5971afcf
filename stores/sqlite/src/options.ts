import { busyTimeoutOption, fileOption, synchronousOption } from '@waybill/sqlite';
import { z } from 'zod';

export const sqliteStoreOptions = z.strictObject({
  file: fileOption,
  /**
   * `full`: a committed transaction survives a loss of power. `normal`: faster; it survives any crash of our
   * processes, but the last moments before a loss of power may be gone.
   */
  synchronous: synchronousOption.default('full'),
  busyTimeoutMs: busyTimeoutOption,
});
export type SqliteStoreOptions = z.output<typeof sqliteStoreOptions>;
