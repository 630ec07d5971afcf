import {
  cursorBehind,
  type Fields,
  isIndexValue,
  type Key,
  type Page,
  type Query,
  type Stored,
} from '@waybill/core';
import { Reader } from '@waybill/redis';
import type { Catalog } from './catalog.ts';
import {
  type DocumentsReply,
  type PackedReply,
  rawDocuments,
  readAll,
  readDocuments,
} from './documents-reply.ts';
import { Head } from './head.ts';
import { Packer } from './packer.ts';
import { packWindow, windowSize } from './pack-window.ts';
import { storedOf } from './stored.ts';

/** What `store.find` takes. Throws a `PayloadError` for a query that no index serves. */
export const packFind = (catalog: Catalog, prefix: string, query: Query, headsOnly: boolean): Buffer => {
  const { index } = catalog.serving(query);
  const packer = new Packer(512);
  packer.array(3 + windowSize);
  packer.text(catalog.version);
  packer.text(query.collection);
  packer.int(headsOnly ? 1 : 0);
  packWindow(packer, prefix, index, query);
  return packer.view();
};

/** What `store.find` answers. */
interface FindReply {
  readonly total: number;
  readonly more: boolean;
  readonly members: readonly string[];
  readonly found: DocumentsReply;
}

const readPage = (reply: PackedReply): FindReply => {
  const reader = new Reader(reply[0]);
  reader.array(); // of these four
  const [total, more] = [reader.int(), reader.int() === 1];
  const members = readAll(reader, () => reader.text());
  return { total, more, members, found: readDocuments(reader, reply) };
};

export const pageOf = (catalog: Catalog, query: Query, reply: PackedReply): Page => {
  const { total, more, members, found } = readPage(reply);
  const raw = rawDocuments(found);
  const documents = members.flatMap((member, i) => storedOf(catalog, keyOf(query, member), raw[i]) ?? []);
  return page(catalog, query, { documents, total, more });
};

/** From heads alone. `undefined`: in one of them a field is not where it is in the others. */
export const briefPageOf = (
  catalog: Catalog,
  query: Query,
  fields: BriefFields,
  reply: PackedReply,
): Page | undefined => {
  const { total, more, members, found } = readPage(reply);
  const [heads] = found;
  const documents: Stored[] = [];
  for (const [i, member] of members.entries()) {
    const raw = heads[i];
    if (raw === null || raw === undefined) continue;
    const brief = briefOf(new Head(raw), fields);
    if (brief === undefined) return undefined;
    documents.push({ key: keyOf(query, member), ...brief });
  }
  return page(catalog, query, { documents, total, more });
};

/** Those that are asked for, and that of the cursor, with their positions. `undefined`: heads do not have them all. */
export const briefFields = (catalog: Catalog, query: Query): BriefFields | undefined => {
  if (query.only === undefined) return undefined;
  const { positions } = catalog.get(query.collection);
  const names = new Set([...query.only, ...catalog.serving(query).spec.fields.slice(-1)]);
  const fields = new Map<string, number>();
  for (const name of names) {
    const position = positions.get(name);
    if (position === undefined) return undefined;
    fields.set(name, position);
  }
  return fields;
};

export type BriefFields = ReadonlyMap<string, number>;

const briefOf = (head: Head, wanted: BriefFields): Pick<Stored, 'version' | 'fields'> | undefined => {
  const fields: Record<string, Fields[string]> = {};
  for (const [name, position] of wanted) {
    const column = head.column(position);
    if (column === true) return undefined;
    if (column !== false) fields[name] = JSON.parse(column) as Fields[string]; // what toText wrote
  }
  return { version: head.version, fields };
};

const keyOf = ({ collection }: Query, member: string): Key => {
  const nul = member.indexOf('\0');
  return { collection, tenant: member.slice(0, nul), id: member.slice(nul + 1) };
};

interface Shown {
  readonly documents: readonly Stored[];
  readonly total: number;
  readonly more: boolean;
}

const page = (catalog: Catalog, query: Query, { documents, total, more }: Shown): Page => {
  return {
    documents,
    ...(more && { next: cursorOf(catalog, query, documents.at(-1)) }),
    ...(query.total && { total }),
  };
};

const cursorOf = (catalog: Catalog, query: Query, last: Stored | undefined): string => {
  const fields = catalog.get(query.collection).byName.get(query.index)?.spec.fields;
  const value = last?.fields[fields?.at(-1) ?? ''];
  const place = last && isIndexValue(value) ? { value, tenant: last.key.tenant, id: last.key.id } : undefined;
  return cursorBehind(place, query.after);
};
