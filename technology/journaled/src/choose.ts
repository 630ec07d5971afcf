import { keyName } from '@waybill/core';
import type { Plan } from './plan.ts';

/**
 * Those that can go at once because none of them touches what another one writes. The others come after them: as if
 * the transactions of a batch had been sent one by one.
 */
export const chooseIndependent = (plans: readonly Plan[]): readonly Plan[] => {
  const read = new Set<string>();
  const written = new Set<string>();
  const admits = (footprint: Footprint): boolean =>
    footprint.writes.every((name) => !written.has(name) && !read.has(name)) &&
    footprint.enters.every((collection) => !read.has(collection)) &&
    footprint.reads.every((name) => !written.has(name));
  return plans.filter((plan) => {
    const footprint = footprintOf(plan);
    if (!admits(footprint)) return false;
    for (const name of footprint.reads) read.add(name);
    for (const name of [...footprint.writes, ...footprint.enters]) written.add(name);
    return true;
  });
};

/** By `keyName`, or by the name of a collection: no key has one, since every `keyName` holds NUL. */
interface Footprint {
  readonly writes: readonly string[];
  /** Collections in which it writes. */
  readonly enters: readonly string[];
  /** Documents it only reads, and collections in which it queries. */
  readonly reads: readonly string[];
}

const footprintOf = ({ keys, writes, ranges }: Plan): Footprint => {
  const names = new Set(writes.map(({ key }) => keyName(key)));
  return {
    writes: [...names],
    enters: writes.map(({ key }) => key.collection),
    reads: [
      ...keys.map(keyName).filter((name) => !names.has(name)),
      ...ranges.map(({ query }) => query.collection),
    ],
  };
};
