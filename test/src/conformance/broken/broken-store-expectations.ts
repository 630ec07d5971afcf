import { compareIndexValues, type Fields, type Json, type Query } from '@waybill/core';
import { answers, type BrokenStore, decides, faulty, ignores, one, sends } from './broken-store.ts';
import { without } from '../without.ts';

type Scalar = string | number | boolean | null;

/** Compares each expected field by this rule. */
const comparesFields = (equal: (stored: Json | undefined, expected: Scalar) => boolean) =>
  decides('fields', async ({ key, fields }, store) => {
    const stored = await one(store, key);
    return (
      stored !== undefined &&
      Object.entries(fields).every(([name, value]) => equal(stored.fields[name], value))
    );
  });

/** Decides a range by this query instead of its own. */
const comparesRange = (change: (query: Query) => Query, byVersion = true) =>
  decides('range', async ({ query, seen }, store) => {
    const { documents } = await store.find(change(query));
    const nameOf = (tenant: string, id: string, version: number): string =>
      JSON.stringify([tenant, id, byVersion && version]);
    const now = documents.map(({ key, version }) => nameOf(key.tenant, key.id, version));
    return (
      JSON.stringify(now) ===
      JSON.stringify(seen.map(({ tenant, id, version }) => nameOf(tenant, id, version)))
    );
  });

const sameJson = (stored: Json | undefined, expected: Scalar): boolean =>
  (typeof stored === 'object' ? JSON.stringify(stored) : (stored ?? null)) === expected;

/** Faults in checking what a transaction expects. */
export const brokenExpectations: readonly BrokenStore[] = [
  faulty(
    'does not check versions',
    ['STORE-011', 'STORE-012', 'STORE-045', 'STORE-046', 'STORE-047', 'STORE-048', 'STORE-028'],
    ignores('version'),
  ),
  faulty(
    'takes any version that is not older for the expected one',
    ['STORE-011', 'STORE-012', 'STORE-045'],
    decides('version', async ({ key, version }, store) => ((await one(store, key))?.version ?? 0) >= version),
  ),
  faulty(
    'checks versions and only then, by and by, writes',
    ['STORE-046', 'STORE-047', 'STORE-048'],
    decides('version', async ({ key, version }, store) => (await one(store, key))?.version === version),
  ),
  faulty('does not check absence', ['STORE-013', 'STORE-026', 'STORE-027', 'STORE-031'], ignores('absent')),
  faulty(
    'does not check fields',
    [
      'STORE-014',
      'STORE-015',
      'STORE-016',
      'STORE-017',
      'STORE-018',
      'STORE-021',
      'STORE-022',
      'STORE-023',
      'STORE-024',
      'STORE-052',
    ],
    ignores('fields'),
  ),
  faulty(
    'compares fields as text',
    ['STORE-015'],
    comparesFields((stored, expected) => String(stored ?? null) === String(expected)),
  ),
  faulty(
    'compares fields loosely',
    ['STORE-015'],
    comparesFields((stored, expected) => (stored ?? null) == expected),
  ),
  faulty(
    'takes the empty text for absent',
    ['STORE-015'],
    comparesFields((stored, expected) => (stored === '' ? null : (stored ?? null)) === expected),
  ),
  faulty(
    'tells null from absent',
    ['STORE-016', 'STORE-018'],
    comparesFields((stored, expected) => stored === expected),
  ),
  faulty(
    'takes an absent document for one without fields',
    ['STORE-017'],
    decides('fields', async ({ key, fields }, store) => {
      const stored: Fields = (await one(store, key))?.fields ?? {};
      return Object.entries(fields).every(([name, value]) => (stored[name] ?? null) === value);
    }),
  ),
  faulty('compares objects with text', ['STORE-018'], comparesFields(sameJson)),
  faulty(
    'tells minus zero from zero',
    ['STORE-068'],
    comparesFields((stored, expected) => Object.is(stored ?? null, expected)),
  ),
  faulty(
    'checks absence after it has written',
    ['STORE-013', 'STORE-019'],
    decides(
      'absent',
      async ({ key }, store, { writes }) =>
        !writes.some((write) => write.key.id === key.id) && (await one(store, key)) === undefined,
    ),
  ),
  faulty(
    'touches what is only expected',
    ['STORE-020'],
    sends(({ expect, writes, ...rest }) => {
      const written = new Set(writes.map(({ key }) => key.id));
      const touched = new Map(
        expect.flatMap((each) =>
          each.kind === 'version' && !written.has(each.key.id) ? [[each.key.id, each.key] as const] : [],
        ),
      );
      return {
        ...rest,
        expect,
        writes: [
          ...writes,
          ...[...touched.values()].map((key) => ({ kind: 'patch' as const, key, fields: {} })),
        ],
      };
    }),
  ),
  faulty(
    'names the first document in every conflict',
    ['STORE-021'],
    answers((outcome, { expect, writes }) => {
      const [first] = [...expect, ...writes].flatMap((each) => ('key' in each ? [each.key] : []));
      return outcome.result === 'conflict' && first ? { ...outcome, key: first } : outcome;
    }),
  ),
  faulty(
    'checks the first expectation only',
    ['STORE-023', 'STORE-024'],
    sends((sent) => ({ ...sent, expect: sent.expect.slice(0, 1) })),
  ),
  faulty(
    'checks the last expectation only',
    ['STORE-022', 'STORE-023'],
    sends((sent) => ({ ...sent, expect: sent.expect.slice(-1) })),
  ),
  faulty(
    'does not validate ranges',
    [
      'STORE-034',
      'STORE-033',
      'STORE-035',
      'STORE-036',
      'STORE-037',
      'STORE-038',
      'STORE-039',
      'STORE-040',
      'STORE-042',
      'STORE-043',
      'STORE-044',
    ],
    ignores('range'),
  ),
  faulty(
    'validates only the documents that were seen, not that no other has come',
    ['STORE-034', 'STORE-035', 'STORE-038', 'STORE-042'],
    decides('range', async ({ query, seen }, store) => {
      const stored = await store.get(
        seen.map(({ tenant, id }) => ({ collection: query.collection, tenant, id })),
      );
      return stored.every((each, n) => each?.version === seen[n]?.version);
    }),
  ),
  faulty(
    'validates a range without its ends',
    ['STORE-035', 'STORE-033'],
    decides('range', async ({ query, seen }, store) => {
      const { documents } = await store.find(query);
      const { min, max } = query.range ?? {};
      const inside = documents.filter(({ fields: { rank } }) => {
        if (typeof rank !== 'number' && typeof rank !== 'string') return false;
        return (
          (max === undefined || compareIndexValues(rank, max) < 0) &&
          (min === undefined || compareIndexValues(rank, min) >= 0)
        );
      });
      const versions = new Set(seen.map(({ version }) => version));
      return inside.every(({ version }) => versions.has(version)) && inside.length === seen.length;
    }),
  ),
  faulty(
    'validates which documents a range has, not their versions',
    ['STORE-037'],
    comparesRange((query) => query, false),
  ),
  faulty(
    'validates the whole index instead of the range',
    ['STORE-041', 'STORE-033'],
    comparesRange((query) => without(query, 'range')),
  ),
  faulty(
    'validates without the limit of the query',
    ['STORE-043'],
    comparesRange((query) => ({ ...query, limit: 1_000 })),
  ),
  faulty(
    'validates without the order of the query',
    ['STORE-043'],
    comparesRange((query) => without(query, 'order')),
  ),
  faulty(
    'does not validate ranges across tenants',
    ['STORE-044'],
    sends(({ expect, ...rest }) => ({
      ...rest,
      expect: expect.filter((each) => each.kind !== 'range' || each.query.tenant !== undefined),
    })),
  ),
  faulty(
    'validates ranges and only then, by and by, writes',
    ['STORE-042'],
    comparesRange((query) => query),
  ),
];
