import type { IndexValue } from '../store.ts';

/** Whether an index can hold it: text of valid Unicode, or a finite number. */
export const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' ? value.isWellFormed() : Number.isFinite(value);
