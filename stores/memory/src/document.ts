import { copyFields, type Fields, type Key, type Stored } from '@waybill/core';
import type { Place } from './place.ts';
import { sortable } from './sortable.ts';

/** One document as the collection holds it, with its place in each index (absent where the index has none). */
export interface Document {
  readonly key: Key;
  readonly sortTenant: string;
  readonly sortId: string;
  readonly places: (Place | undefined)[];
  version: number;
  fields: Fields;
}

export const newDocument = ({ collection, tenant, id }: Key, version: number, fields: Fields): Document => ({
  key: { collection, tenant, id },
  sortTenant: sortable(tenant),
  sortId: sortable(id),
  places: [],
  version,
  fields,
});

export const toStored = ({ key, version, fields }: Document): Stored => ({
  key: { collection: key.collection, tenant: key.tenant, id: key.id },
  version,
  fields: copyFields(fields, 'a document'),
});
