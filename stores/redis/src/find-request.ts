import { cursorBehind, isIndexValue, type Page, type Query, type Stored } from '@waybill/core';
import type { Reply } from '@waybill/redis';
import type { Catalog } from './catalog.ts';
import { type DocumentsReply, rawDocuments } from './documents-reply.ts';
import { Packer } from './packer.ts';
import { packWindow, windowSize } from './pack-window.ts';
import { storedOf } from './stored.ts';

/** What `store.find` takes. Throws a `PayloadError` for a query that no index serves. */
export const packFind = (catalog: Catalog, prefix: string, query: Query): Buffer => {
  const { index } = catalog.serving(query);
  const packer = new Packer(512);
  packer.array(2 + windowSize);
  packer.text(catalog.version);
  packer.text(query.collection);
  packWindow(packer, prefix, index, query);
  return packer.view();
};

/** Count of all, whether there is more, members, documents. */
type FindReply = readonly [number, number, readonly Buffer[], DocumentsReply];

export const pageOf = (catalog: Catalog, query: Query, reply: Reply): Page => {
  const [total, more, members, found] = reply as unknown as FindReply; // by the script
  const raw = rawDocuments(found);
  const documents = members.flatMap((member, i) => {
    const nul = member.indexOf(0);
    const key = {
      collection: query.collection,
      tenant: member.toString('utf8', 0, nul),
      id: member.toString('utf8', nul + 1),
    };
    return storedOf(catalog, key, raw[i]) ?? [];
  });
  return {
    documents,
    ...(more === 1 && { next: cursorOf(catalog, query, documents.at(-1)) }),
    ...(query.total && { total }),
  };
};

const cursorOf = (catalog: Catalog, query: Query, last: Stored | undefined): string => {
  const fields = catalog.get(query.collection).byName.get(query.index)?.spec.fields;
  const value = last?.fields[fields?.at(-1) ?? ''];
  const place = last && isIndexValue(value) ? { value, tenant: last.key.tenant, id: last.key.id } : undefined;
  return cursorBehind(place, query.after);
};
