import { busyTimeoutOption, fileOption, synchronousOption } from '@waybill/sqlite';
import { z } from 'zod';

export const sqliteBrokerOptions = z.strictObject({
  file: fileOption,
  /** `normal`: the last tickets before a loss of power may be gone, which delays their tasks and loses none. */
  synchronous: synchronousOption.default('normal'),
  busyTimeoutMs: busyTimeoutOption,
});
export type SqliteBrokerOptions = z.output<typeof sqliteBrokerOptions>;
