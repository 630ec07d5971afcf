import {
  compareIndexValues,
  type DocumentStore,
  type IndexValue,
  PayloadError,
  type Stored,
} from '@waybill/core';
import { altered } from './altered.ts';
import { findsAll, pages, queries } from './broken-finds.ts';
import { type BrokenStore, faulty } from './broken-store.ts';
import { without } from '../without.ts';

const rankOf = ({ fields }: Stored): IndexValue =>
  typeof fields.rank === 'number' || typeof fields.rank === 'string' ? fields.rank : '';

/** By rank, tenant and id, each compared like this. */
const ordersBy = (compare: (a: IndexValue, b: IndexValue) => number) =>
  findsAll({
    compare: (a, b) =>
      compare(rankOf(a), rankOf(b)) || compare(a.key.tenant, b.key.tenant) || compare(a.key.id, b.key.id),
  });

/** As JavaScript compares text: by code unit. */
const byUnit = (a: IndexValue, b: IndexValue): number =>
  typeof a === 'string' && typeof b === 'string' ? Number(a > b) - Number(a < b) : compareIndexValues(a, b);

const upToNul = <V extends IndexValue | undefined>(value: V): V =>
  typeof value === 'string' ? (value.split('\0', 1)[0] as V) : value; // still text

const isEnd = (stored: Stored, end: IndexValue | undefined): boolean =>
  end !== undefined && rankOf(stored) === end;

/** Goes on after the last value of a page, not after its last document. */
const resumesAfterValue = (store: DocumentStore): Pick<DocumentStore, 'find'> => ({
  find: async ({ after, ...query }) => {
    const { documents } = await store.find({ ...query, limit: 1_000 });
    const last: IndexValue | undefined = after === undefined ? undefined : JSON.parse(after);
    const begin = last === undefined ? 0 : documents.findLastIndex((stored) => rankOf(stored) === last) + 1;
    const shown = documents.slice(begin, begin + query.limit);
    const end = shown.at(-1);
    return {
      documents: shown,
      ...(begin + shown.length < documents.length && end && { next: JSON.stringify(rankOf(end)) }),
    };
  },
});

/** Answers each query for good with what it gave first. */
const remembers = (store: DocumentStore): Pick<DocumentStore, 'find'> => {
  const known = new Map<string, ReturnType<DocumentStore['find']>>();
  return {
    find: (query) => {
      const name = JSON.stringify(query);
      const page = known.get(name) ?? store.find(query);
      known.set(name, page);
      return page;
    },
  };
};

const newIndexMissesOld: BrokenStore = {
  fault: 'covers only new documents by a new index',
  caughtBy: ['STORE-106'],
  breaker: () => {
    const written = new Set<string>();
    const hidden = new Map<string, ReadonlySet<string>>();
    return (store) =>
      altered(store, {
        prepare: async (specs) => {
          await store.prepare(specs);
          for (const { indexes = [] } of specs)
            for (const { name } of indexes) if (!hidden.has(name)) hidden.set(name, new Set(written));
        },
        commit: (batch) => {
          for (const { writes } of batch) for (const { key } of writes) written.add(key.id);
          return store.commit(batch);
        },
        find: findsAll({ keep: ({ key }, { index }) => !hidden.get(index)?.has(key.id) })(store).find,
      });
  },
};

/** Faults in what a query gives, in which order and in which pages. */
export const brokenFinds: readonly BrokenStore[] = [
  faulty('finds what was there when it was first asked', ['STORE-026', 'STORE-077'], remembers),
  faulty('orders text by UTF-16', ['STORE-073', 'STORE-078', 'STORE-079'], ordersBy(byUnit)),
  faulty(
    'orders numbers as text',
    ['STORE-073'],
    ordersBy((a, b) => compareIndexValues(String(a), String(b))),
  ),
  faulty(
    'orders text as people do',
    ['STORE-073', 'STORE-078'],
    ordersBy((a, b) =>
      typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) : compareIndexValues(a, b),
    ),
  ),
  faulty(
    'leaves out the lower end of a range',
    ['STORE-074'],
    findsAll({ keep: (stored, { range }) => !isEnd(stored, range?.min) }),
  ),
  faulty(
    'leaves out the upper end of a range',
    ['STORE-074'],
    findsAll({ keep: (stored, { range }) => !isEnd(stored, range?.max) }),
  ),
  faulty(
    'compares text up to NUL',
    ['STORE-075'],
    queries(({ range, equals, ...query }) => ({
      ...query,
      equals: equals.map(upToNul),
      ...(range && {
        range: {
          ...(range.min !== undefined && { min: upToNul(range.min) }),
          ...(range.max !== undefined && { max: upToNul(range.max) }),
        },
      }),
    })),
  ),
  faulty('has null in its indexes, as the empty text', ['STORE-076'], (store) => ({
    commit: (batch) =>
      store.commit(
        JSON.parse(
          JSON.stringify(batch, (name, value: unknown) =>
            name === 'rank' || name === 'group' ? (value ?? '') : value,
          ),
        ),
      ),
  })),
  faulty(
    'does not find the empty text',
    ['STORE-076'],
    findsAll({ keep: ({ fields }) => fields.group !== '' }),
  ),
  faulty(
    'orders equal values as it likes',
    ['STORE-078', 'STORE-079'],
    findsAll({
      compare: (a, b) => compareIndexValues(rankOf(a), rankOf(b)) || compareIndexValues(b.key.id, a.key.id),
    }),
  ),
  faulty('turns values round for desc, but not ids', ['STORE-078'], (store) => ({
    find: async (query) => {
      if (query.order !== 'desc') return store.find(query);
      return findsAll({
        compare: (a, b) => compareIndexValues(rankOf(a), rankOf(b)) || compareIndexValues(b.key.id, a.key.id),
      })(store).find(query);
    },
  })),
  faulty(
    'orders by id before tenant',
    ['STORE-079'],
    findsAll({
      compare: (a, b) =>
        compareIndexValues(rankOf(a), rankOf(b)) ||
        compareIndexValues(a.key.id, b.key.id) ||
        compareIndexValues(a.key.tenant, b.key.tenant),
    }),
  ),
  faulty(
    'finds one tenant by an index across tenants',
    ['STORE-079', 'STORE-089'],
    findsAll({
      keep: ({ key }, { tenant }) => tenant !== undefined || key.tenant === 'acme',
    }),
  ),
  faulty(
    'takes numbers in equality for text',
    ['STORE-080'],
    queries((query) => ({ ...query, equals: query.equals.map(String) })),
  ),
  faulty(
    'ignores the range where there is equality',
    ['STORE-081', 'STORE-084'],
    queries(({ range, ...query }) => ({ ...query, ...(range && query.equals.length === 0 && { range }) })),
  ),
  faulty(
    'ignores the order where there is equality',
    ['STORE-081', 'STORE-078'],
    queries((query) => ({ ...query, ...(query.equals.length > 0 && { order: 'asc' }) })),
  ),
  faulty(
    'finds only the indexed fields',
    ['STORE-082'],
    pages((page) => ({
      ...page,
      documents: page.documents.map(({ fields: { rank = null, group = null }, ...rest }) => ({
        ...rest,
        fields: { rank, group },
      })),
    })),
  ),
  faulty(
    'counts always',
    ['STORE-082', 'STORE-089'],
    queries((query) => ({ ...query, total: true })),
  ),
  faulty('takes an indexed name with a dot for a path', ['STORE-083'], (store) => ({
    prepare: (specs) =>
      store.prepare(
        specs.map(({ indexes = [], ...spec }) => ({
          ...spec,
          indexes: indexes.map((index) => ({
            ...index,
            fields: index.fields.map((name) => name.split('.')[0] ?? '') as [string],
          })), // as many as before
        })),
      ),
  })),
  faulty(
    'skips a document between two pages',
    ['STORE-084', 'STORE-085'],
    findsAll({ resume: (end) => end + 1 }),
  ),
  faulty(
    'repeats a document on the next page',
    ['STORE-084', 'STORE-085'],
    findsAll({ resume: (end) => end - 0.5 }),
  ),
  faulty(
    'always has a next page',
    ['STORE-085'],
    pages((page) => ({ next: 'AAAA', ...page })),
  ),
  faulty(
    'never has a next page',
    ['STORE-085', 'STORE-084', 'STORE-090'],
    pages((page) => without(page, 'next')),
  ),
  faulty('has offsets for cursors', ['STORE-086', 'STORE-087'], findsAll({})),
  faulty('has values for cursors', ['STORE-088', 'STORE-084'], resumesAfterValue),
  faulty(
    'counts the page',
    ['STORE-089'],
    pages((page, { total }) => (total ? { ...page, total: page.documents.length } : page)),
  ),
  faulty('counts what follows the cursor', ['STORE-089'], (store) => ({
    find: async (query) => {
      const page = await store.find(query);
      const rest =
        page.total === undefined || query.after === undefined
          ? undefined
          : await store.find({ ...query, limit: 1_000 });
      return rest === undefined ? page : { ...page, total: rest.documents.length };
    },
  })),
  faulty(
    'has pages of 500',
    ['STORE-090'],
    queries((query) => ({ ...query, limit: query.limit > 500 && query.limit <= 1_000 ? 500 : query.limit })),
  ),
  faulty(
    'leaves out a field that is looked at',
    ['STORE-117'],
    pages((page, { only }) =>
      only === undefined
        ? page
        : {
            ...page,
            documents: page.documents.map((stored) => ({
              ...stored,
              fields: without(stored.fields, only[0] ?? ''),
            })),
          },
    ),
  ),
  newIndexMissesOld,
  faulty('finds by any index that has this name somewhere', ['STORE-092'], (store) => ({
    find: (query) =>
      store.find(query).catch((error: unknown) => {
        if (error instanceof PayloadError && query.equals.length === 0)
          return store.find({ ...query, index: 'byRank' });
        throw error;
      }),
  })),
];
