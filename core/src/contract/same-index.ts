import type { IndexSpec } from '../store.ts';

/** Whether both hold the same, whatever their names are. */
export const sameIndex = (a: IndexSpec, b: IndexSpec): boolean =>
  (a.acrossTenants ?? false) === (b.acrossTenants ?? false) &&
  a.fields.length === b.fields.length &&
  a.fields.every((field, i) => field === b.fields[i]);
