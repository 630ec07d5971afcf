import type { BrokenStore } from './broken-store.ts';
import { brokenCalls } from './broken-store-calls.ts';
import { brokenCommits } from './broken-store-commits.ts';
import { brokenExpectations } from './broken-store-expectations.ts';
import { brokenFinds } from './broken-store-finds.ts';
import { brokenKeys } from './broken-store-keys.ts';
import { brokenValues } from './broken-store-values.ts';
import { brokenWrites } from './broken-store-writes.ts';

/** For every store case there is at least one that it must catch. */
export const brokenStores: readonly BrokenStore[] = [
  ...brokenWrites,
  ...brokenExpectations,
  ...brokenCommits,
  ...brokenKeys,
  ...brokenValues,
  ...brokenFinds,
  ...brokenCalls,
];
