import type { DocumentStore, Expectation, Query, Write } from '@waybill/core';
import { commits, conflicts, key, patch, put, read, remove, rivalOf, stocked, write } from './documents.ts';
import { rangeValidation, type StoreCase } from './store-case.ts';
import assert from 'node:assert/strict';
import { without } from '../without.ts';

const from2To4: Query = {
  collection: 'things',
  tenant: 'acme',
  index: 'byRank',
  equals: [],
  range: { min: 2, max: 4 },
  limit: 100,
};

/** What the query gives now, as an expectation. */
const asSeen = async (store: DocumentStore, query = from2To4): Promise<Expectation> => {
  const { documents } = await store.find(query);
  const seen = documents.map(({ key: { tenant, id }, version }) => ({ tenant, id, version }));
  return { kind: 'range', query, seen };
};

/** Documents of the ranks 1 to 5, each named after its rank. */
const ranked = async (store: DocumentStore): Promise<void> => {
  await write(store, ...[1, 2, 3, 4, 5].map((rank) => put(key(`r${rank}`), { rank })));
};

const mark: Write = put(key('mark'), { done: true });

const breaks = (id: string, what: string, ...writes: readonly Write[]): StoreCase => ({
  id,
  promise: `a range expectation fails after ${what}`,
  needs: [rangeValidation],
  async check(world) {
    const store = await stocked(world);
    const rival = await rivalOf(world);
    await ranked(store);
    const seen = await asSeen(store);
    await write(rival, ...writes);
    await conflicts(store, { expect: [seen], writes: [mark] });
    assert.equal(await read(store, key('mark')), undefined);
    await commits(store, { expect: [await asSeen(store)], writes: [mark] });
  },
});

/** What a transaction may demand of a query. */
export const rangeCases: readonly StoreCase[] = [
  {
    id: 'STORE-033',
    promise: 'a range expectation holds while the query gives what was seen',
    needs: [rangeValidation],
    async check(world) {
      const store = await stocked(world);
      await ranked(store);
      const seen = await asSeen(store);
      await commits(store, { expect: [seen], writes: [mark] });
      await commits(store, { expect: [seen, seen], writes: [patch(key('r3'), { rank: 9 })] });
      await conflicts(store, { expect: [seen], writes: [mark] });
    },
  },
  breaks('STORE-034', 'a document was created in the range', put(key('phantom'), { rank: 3 })),
  breaks('STORE-035', 'a document was created at the end of the range', put(key('phantom'), { rank: 4 })),
  breaks('STORE-036', 'a document of the range was deleted', remove(key('r3'))),
  breaks(
    'STORE-037',
    'a document of the range was changed, though not in its place',
    patch(key('r3'), { other: 1 }),
  ),
  breaks('STORE-038', 'a document moved into the range', patch(key('r5'), { rank: 3 })),
  breaks('STORE-039', 'a document moved out of the range', patch(key('r2'), { rank: 1 })),
  breaks(
    'STORE-040',
    'a document of the range lost the indexed field',
    patch(key('r2'), { rank: undefined }),
  ),
  {
    id: 'STORE-041',
    promise:
      'a range expectation is not hurt by what happens outside the range, in other tenants or other groups',
    needs: [rangeValidation],
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      await ranked(store);
      const seen = await asSeen(store);
      await write(
        rival,
        put(key('outside'), { rank: 6 }),
        put(key('unranked'), { n: 1 }),
        put(key('text'), { rank: '3' }),
        put(key('theirs', 'umbra'), { rank: 3 }),
        patch(key('r1'), { rank: 1.5 }),
        remove(key('r5')),
      );
      await commits(store, { expect: [seen], writes: [mark] });
    },
  },
  {
    id: 'STORE-042',
    promise: 'of two transactions that each saw a range empty and fill it, one commits',
    needs: [rangeValidation],
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      for (let rank = 10; rank < 30; rank++) {
        const empty: Expectation = {
          kind: 'range',
          query: { ...from2To4, range: { min: rank, max: rank } },
          seen: [],
        };
        const fill = (by: string) => [{ expect: [empty], writes: [put(key(`${by}-${rank}`), { rank })] }];
        const outcomes = (await Promise.all([store.commit(fill('a')), rival.commit(fill('b'))])).flat();
        assert.deepEqual(outcomes.map((outcome) => outcome.result).sort(), ['committed', 'conflict']);
      }
    },
  },
  {
    id: 'STORE-043',
    promise: 'a range expectation compares the order and the page that its query asks for',
    needs: [rangeValidation],
    async check(world) {
      const store = await stocked(world);
      await ranked(store);
      const top2 = await asSeen(store, { ...from2To4, order: 'desc', limit: 2 });
      await write(store, patch(key('r2'), { other: 1 }));
      await commits(store, { expect: [top2], writes: [mark] });
      await write(store, put(key('r3.5'), { rank: 3.5 }));
      await conflicts(store, { expect: [top2], writes: [mark] });
    },
  },
  {
    id: 'STORE-044',
    promise: 'a range expectation works on an index with equality and on one across tenants',
    needs: [rangeValidation],
    async check(world) {
      const store = await stocked(world);
      const grouped: Query = { ...from2To4, index: 'byGroupAndRank', equals: ['g'] };
      const everywhere: Query = { ...without(from2To4, 'tenant'), index: 'everywhereByRank' };
      await write(
        store,
        put(key('a'), { group: 'g', rank: 3 }),
        put(key('b', 'umbra'), { group: 'g', rank: 3 }),
      );
      const [inGroup, inAll] = [await asSeen(store, grouped), await asSeen(store, everywhere)];
      await commits(store, { expect: [inGroup, inAll], writes: [mark] });
      await write(store, put(key('c', 'umbra'), { group: 'h', rank: 3 }));
      await commits(store, { expect: [inGroup], writes: [mark] });
      await conflicts(store, { expect: [inAll], writes: [mark] });
      await write(store, put(key('d'), { group: 'g', rank: 3 }));
      await conflicts(store, { expect: [inGroup], writes: [mark] });
    },
  },
];
