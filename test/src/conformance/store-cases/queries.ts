import type { DocumentStore, IndexValue, Query, Stored } from '@waybill/core';
import { without } from '../without.ts';

/** Of `things` of one tenant by rank, unless it says otherwise. */
export const byRank = (more: Partial<Query> = {}): Query => ({
  collection: 'things',
  tenant: 'acme',
  index: 'byRank',
  equals: [],
  limit: 100,
  ...more,
});

/** Of one group of `things`. */
export const inGroup = (group: IndexValue, more: Partial<Query> = {}): Query =>
  byRank({ index: 'byGroupAndRank', equals: [group], ...more });

/** Of `things` of all tenants. */
export const everywhere = (more: Partial<Query> = {}): Query =>
  without(byRank({ index: 'everywhereByRank', ...more }), 'tenant');

export const idsOf = (documents: readonly Stored[]): string[] => documents.map(({ key }) => key.id);

/** The ids that the query gives on its first page. */
export const find = async (store: DocumentStore, query: Query): Promise<string[]> =>
  idsOf((await store.find(query)).documents);

/** All pages of the query; `between` is called after each but the last. */
export const findAll = async (
  store: DocumentStore,
  query: Query,
  between: (pages: number) => Promise<void> = async () => undefined,
): Promise<string[]> => {
  const ids: string[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const page = await store.find(after === undefined ? query : { ...query, after });
    ids.push(...idsOf(page.documents));
    if (page.next === undefined) return ids;
    if (page.documents.length > query.limit || pages > 1_000)
      throw new Error('a page exceeds its limit or never ends');
    after = page.next;
    await between(pages);
  }
};
