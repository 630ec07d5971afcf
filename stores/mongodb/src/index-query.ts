import type { IndexPlace, IndexSpec, IndexValue } from '@waybill/core';

/** A query of the contract, checked, with its index and its cursor resolved. */
export interface IndexQuery {
  readonly collection: string;
  /** Absent exactly if the index spans tenants. */
  readonly tenant?: string;
  readonly index: IndexSpec;
  readonly equals: readonly IndexValue[];
  readonly range?: { readonly min?: IndexValue; readonly max?: IndexValue };
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly after?: IndexPlace;
  readonly total: boolean;
}
