import type { IndexPlace, IndexSpec, IndexValue } from '@waybill/core';
import type { RawDocument } from './raw-document.ts';

/** As `Query` of the contract, resolved and checked: the index is a declared one of this collection. */
export interface IndexQuery {
  readonly kind: 'index';
  readonly collection: string;
  /** Absent exactly if the index spans tenants. */
  readonly tenant?: string;
  readonly index: IndexSpec;
  readonly equals: readonly IndexValue[];
  readonly range?: { readonly min?: IndexValue; readonly max?: IndexValue };
  readonly order: 'asc' | 'desc';
  /** 0 to 1001. */
  readonly limit: number;
  /** Begins behind this place, in the direction of `order`, whether a document stands there or not. */
  readonly after?: IndexPlace;
  /** Also count all matches, whatever `limit` and `after` say. */
  readonly total: boolean;
}

export type RawQuery =
  | IndexQuery
  /** Documents that have an intent, in any order, up to `limit`; a sparse index should serve it. */
  | { readonly kind: 'intents'; readonly collection: string; readonly limit: number }
  /** Documents that have neither fields nor an intent, in any order, up to `limit`; likewise. */
  | { readonly kind: 'tombstones'; readonly collection: string; readonly limit: number };

export interface RawPage {
  /** For an index in its order: by the last field, equal values by tenant, then id; `desc` turns all of it round. */
  readonly documents: readonly RawDocument[];
  readonly total?: number;
}
