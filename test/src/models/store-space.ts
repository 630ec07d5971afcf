import type { Expectation, Fields, IndexSpec, IndexValue, Key, Query, Write } from '@waybill/core';
import * as fc from 'fast-check';

// A space so small that commands meet each other all the time.
const collections = ['alpha', 'beta'];
const tenants = ['acme', 'umbra'];
const ids = ['a', '\uff5e', '\u{1f600}'];

export const keys: readonly Key[] = collections.flatMap((collection) =>
  tenants.flatMap((tenant) => ids.map((id) => ({ collection, tenant, id }))),
);

export const indexes: readonly IndexSpec[] = [
  { name: 'byRank', fields: ['rank'] },
  { name: 'byGroup', fields: ['group', 'rank'] },
  { name: 'everywhere', fields: ['group', 'rank'], acrossTenants: true },
];

export const specs = [
  { name: 'alpha', indexes },
  { name: 'beta', indexes, apart: ['note'] },
];

/** The first one most of the time, so that there is something to find. */
const mostly = <const T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, fc.constantFrom(...rare));

const collection = mostly<string>('alpha', 'beta');
const tenant = fc.constantFrom(...tenants);
const key: fc.Arbitrary<Key> = fc.record(
  { collection, tenant, id: fc.constantFrom(...ids) },
  { noNullPrototype: true },
);
const group = mostly<IndexValue>('x', 'y', 1);
const rank = fc.constantFrom(-1, 0, 1.5, 10, '', '10', 'a', '\uff5e', '\u{1f600}');
const notIndexed = fc.constantFrom(null, true, [1], { deep: ['value'] });

/** `constructor` and `__proto__` are fields like others. */
const others = {
  // A store may keep values elsewhere that are large by themselves, or together with others.
  note: fc.constantFrom('n', '', { list: [1, null] }, 'large'.repeat(60), 'larger'.repeat(100)),
  constructor: fc.constantFrom('c', 1),
  ['__proto__']: fc.constantFrom('p', { polluted: true }),
};

const fields: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ group, rank, ...others }, { requiredKeys: ['group', 'rank'] }) },
  fc.record({ group, rank: fc.oneof(rank, notIndexed), ...others }, { requiredKeys: [] }),
);

const changed: fc.Arbitrary<Fields> = fc.record(
  {
    group: fc.option(group, { nil: undefined }),
    rank: fc.oneof({ weight: 5, arbitrary: rank }, notIndexed, fc.constant(undefined)),
    note: fc.option(others.note, { nil: undefined }),
  },
  { requiredKeys: [] },
);

const put = fc.record({ kind: fc.constant('put'), key, fields });
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: put },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('patch'), key, fields: changed }) },
  fc.record({ kind: fc.constant('delete'), key }),
);

export const query: fc.Arbitrary<Query> = fc
  .record({
    collection,
    tenant,
    index: fc.constantFrom(...indexes),
    group,
    range: fc.option(fc.record({ min: rank, max: rank }, { requiredKeys: [] }), { nil: undefined, freq: 1 }),
    order: fc.constantFrom('asc', 'desc'),
    limit: fc.constantFrom(1, 2, 3, 1000, 0),
    total: fc.boolean(),
  })
  .map(({ index, group, tenant, range, ...rest }) => ({
    ...rest,
    index: index.name,
    ...(!index.acrossTenants && { tenant }),
    equals: index.fields.length === 1 ? [] : [group],
    ...(range && { range }),
  }));

/** An expectation before it is known what the documents are. */
export type Expected =
  | Exclude<Expectation, { readonly kind: 'version' | 'range' }>
  /** Its version, or that it is absent. */
  | { readonly kind: 'as it is'; readonly key: Key }
  /** What these fields are, where they are scalars; or that it is absent. */
  | { readonly kind: 'fields as they are'; readonly key: Key; readonly names: readonly string[] }
  | { readonly kind: 'version'; readonly key: Key; readonly version: 'former' | 'never given' }
  | {
      readonly kind: 'range';
      readonly query: Query;
      readonly seen: 'all' | 'all but the last' | 'former versions';
    };

const scalars = {
  rank: fc.constantFrom(null, 0, '10', true),
  group: fc.constantFrom(null, 'x', 1),
  constructor: fc.constantFrom(null, 'c'),
};
const names = fc.subarray(['group', 'rank', 'note', 'constructor', 'toString']);

/** Those that hold come first, and far more often than the others. */
const expected: fc.Arbitrary<Expected> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('as it is'), key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fields as they are'), key, names }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('range'),
      query,
      seen: mostly('all', 'all but the last', 'former versions'),
    }),
  },
  fc.record({ kind: fc.constant('absent'), key }),
  fc.record({ kind: fc.constant('version'), key, version: fc.constantFrom('former', 'never given') }),
  fc.record({ kind: fc.constant('fields'), key, fields: fc.record(scalars, { requiredKeys: [] }) }),
);

/** A transaction before it is known what there is to expect. */
export interface Intended {
  readonly expect: readonly Expected[];
  readonly writes: readonly Write[];
  readonly readBack: boolean;
}

export const intended: fc.Arbitrary<Intended> = fc.record({
  expect: fc.array(expected, { maxLength: 2 }),
  writes: fc.uniqueArray(write, { maxLength: 3, selector: ({ key }) => JSON.stringify(key) }),
  readBack: fc.boolean(),
});

/** Many documents at once: without it most queries would find nothing. */
export const filling: fc.Arbitrary<Intended> = fc
  .uniqueArray(put, { minLength: 1, maxLength: 9, selector: ({ key }) => JSON.stringify(key) })
  .map((writes) => ({ expect: [], writes, readBack: false }));
