import {
  copyFields,
  copyPatch,
  type Fields,
  type Json,
  type Key,
  pickFields,
  setField,
  type Stored,
  withoutAbsent,
} from '@waybill/core';
import type { Place } from './place.ts';
import { sortable } from './sortable.ts';

/** One document as the collection holds it, with its place in each index (absent where the index has none). */
export interface Document {
  readonly key: Key;
  readonly sortTenant: string;
  readonly sortId: string;
  readonly places: (Place | undefined)[];
  version: number;
  /** The collection's own: nobody outside ever holds it, so that patches change it in place. */
  fields: Record<string, Json | undefined>;
  /** Whether nothing in the fields can be changed from outside: then a shallow copy is a copy. */
  isFlat: boolean;
  /** `moved`: since the indexes have found its places. */
  state: 'placed' | 'moved' | 'deleted';
  /** Whether a patch has left a field `undefined`, which readers must not see. */
  hasAbsent: boolean;
}

export const newDocument = ({ collection, tenant, id }: Key, version: number, fields: Fields): Document => ({
  key: { collection, tenant, id },
  sortTenant: sortable(tenant),
  sortId: sortable(id),
  places: [],
  version,
  fields,
  isFlat: isFlat(fields),
  hasAbsent: false,
  state: 'placed',
});

/** An absent field costs nothing until somebody reads the document, or patches it again. */
export const patchDocument = (document: Document, version: number, patch: Fields): void => {
  if (document.hasAbsent) document.fields = withoutAbsent(document.fields);
  document.version = version;
  document.hasAbsent = false;
  for (const name in patch) {
    const value = patch[name];
    setField(document.fields, name, value);
    if (value === undefined) document.hasAbsent = true;
    else if (typeof value === 'object' && value !== null) document.isFlat = false;
  }
};

export const replaceFields = (document: Document, version: number, fields: Fields): void => {
  document.version = version;
  document.fields = fields;
  document.isFlat = isFlat(fields);
  document.hasAbsent = false;
};

export const toStored = ({ key, version, fields, isFlat, hasAbsent }: Document): Stored => {
  const copy = isFlat ? { ...fields } : copyPatch(fields, 'a document');
  return {
    key: { collection: key.collection, tenant: key.tenant, id: key.id },
    version,
    fields: hasAbsent ? withoutAbsent(copy) : copy,
  };
};

/** As much of it as is asked for. */
export const toBrief = ({ key, version, fields, isFlat }: Document, only: readonly string[]): Stored => {
  const picked = pickFields(fields, only);
  return {
    key: { collection: key.collection, tenant: key.tenant, id: key.id },
    version,
    fields: isFlat ? withoutAbsent(picked) : copyFields(picked, 'a document'),
  };
};

const isFlat = (fields: Fields): boolean => {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'object' && value !== null) return false;
  }
  return true;
};
