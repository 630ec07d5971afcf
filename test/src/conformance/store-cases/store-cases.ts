import type { StoreCase } from './store-case.ts';
import { writeCases } from './writes.ts';

/** Every promise of `DocumentStore`. */
export const storeCases: readonly StoreCase[] = [...writeCases];
