import type { IndexPlace } from '@waybill/core';
import { type Entry, entryOf, journalCollection, journalIndex } from './journal.ts';
import type { SingleDocuments } from './single-documents.ts';

const pageSize = 1_000;

/** Every entry of the journal that is there all the while, oldest first; or the oldest ones. */
export const findEntries = async (
  documents: SingleDocuments,
  limit = Infinity,
): Promise<readonly Entry[]> => {
  const entries: Entry[] = [];
  let after: IndexPlace | undefined;
  for (;;) {
    const wanted = Math.min(pageSize, limit - entries.length);
    const page = await documents.find({ ...everything, limit: wanted, ...(after && { after }) });
    const found = page.documents.map((document) => ({ entry: entryOf(document), key: document.key }));
    entries.push(...found.map(({ entry }) => entry));
    const last = found.at(-1);
    if (last === undefined || found.length < wanted || entries.length >= limit) return entries;
    after = { value: last.entry.begunAt, tenant: last.key.tenant, id: last.key.id };
  }
};

const everything = {
  kind: 'index',
  collection: journalCollection.name,
  index: journalIndex,
  equals: [],
  order: 'asc',
  total: false,
} as const;
