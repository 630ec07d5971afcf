import { compareIndexValues, compareText, type IndexPlace, type IndexValue } from '@waybill/core';
import { matchIn } from './match.ts';
import type { RawDocument } from './raw-document.ts';
import type { IndexQuery, RawPage } from './raw-query.ts';

/** One page of what an index gives, by looking at every document. */
export const pageOf = (query: IndexQuery, documents: Iterable<RawDocument>): RawPage => {
  const matches: Match[] = [];
  for (const document of documents) {
    const value = matchIn(query, document);
    if (value !== undefined) matches.push({ document, place: placeOf(document, value) });
  }
  const sign = query.order === 'desc' ? -1 : 1;
  matches.sort((a, b) => sign * comparePlaces(a.place, b.place));
  const { after } = query;
  const begin = after === undefined ? matches : matches.filter(isBehind(after, sign));
  return {
    documents: begin.slice(0, query.limit).map(({ document }) => document),
    ...(query.total ? { total: matches.length } : {}),
  };
};

interface Match {
  readonly document: RawDocument;
  readonly place: IndexPlace;
}

const placeOf = ({ key: { tenant, id } }: RawDocument, value: IndexValue): IndexPlace => ({
  value,
  tenant,
  id,
});

const isBehind =
  (after: IndexPlace, sign: number) =>
  ({ place }: Match): boolean =>
    sign * comparePlaces(place, after) > 0;

const comparePlaces = (a: IndexPlace, b: IndexPlace): number =>
  compareIndexValues(a.value, b.value) || compareText(a.tenant, b.tenant) || compareText(a.id, b.id);
