import type { DocumentStore, Page, Query, Stored } from '@waybill/core';

export interface Finding {
  /** Default: the order of the reference. */
  readonly compare?: (a: Stored, b: Stored) => number;
  /** Default: all. */
  readonly keep?: (stored: Stored, query: Query) => boolean;
  /** Where the next page begins, if this one ended before `end`. Default: there. */
  readonly resume?: (end: number) => number;
}

/** Finds by looking at all matches of the reference; its cursors are offsets, which is a fault of its own. */
export const findsAll =
  ({ compare, keep = () => true, resume = (end) => end }: Finding) =>
  (store: DocumentStore): Pick<DocumentStore, 'find'> => ({
    find: async (query) => {
      const { after = '0', order = 'asc', ...rest } = query;
      const { documents } = await store.find({ ...rest, limit: 1_000 });
      const kept = documents.filter((stored) => keep(stored, query));
      const sorted = compare === undefined ? kept : kept.toSorted(compare);
      const ordered = order === 'asc' ? sorted : sorted.toReversed();
      const end = Number(after) + query.limit;
      const page: Page = { documents: ordered.slice(Number(after), end) };
      return {
        ...page,
        ...(end < ordered.length && { next: String(resume(end)) }),
        ...(query.total && { total: kept.length }),
      };
    },
  });

/** Sends other queries than it was given. */
export const queries =
  (change: (query: Query) => Query) =>
  (store: DocumentStore): Pick<DocumentStore, 'find'> => ({ find: (query) => store.find(change(query)) });

/** Answers other pages than it found. */
export const pages =
  (change: (page: Page, query: Query) => Page | Promise<Page>) =>
  (store: DocumentStore): Pick<DocumentStore, 'find'> => ({
    find: async (query) => change(await store.find(query), query),
  });
