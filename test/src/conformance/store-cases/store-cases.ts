import { atomicityCases } from './atomicity.ts';
import { concurrencyCases } from './concurrency.ts';
import { expectationCases } from './expectations.ts';
import { indexMemberCases } from './index-members.ts';
import { indexOrderCases } from './index-order.ts';
import { keyCases } from './keys.ts';
import { lifecycleCases } from './lifecycle.ts';
import { pagingCases } from './paging.ts';
import { rangeCases } from './ranges.ts';
import { refusalCases } from './refusals.ts';
import type { StoreCase } from './store-case.ts';
import { valueCases } from './values.ts';
import { writeCases } from './writes.ts';

/** Every promise of `DocumentStore`. */
export const storeCases: readonly StoreCase[] = [
  ...writeCases,
  ...expectationCases,
  ...atomicityCases,
  ...rangeCases,
  ...concurrencyCases,
  ...keyCases,
  ...valueCases,
  ...indexOrderCases,
  ...indexMemberCases,
  ...pagingCases,
  ...refusalCases,
  ...lifecycleCases,
];
