import { type Fields, type Key, PayloadError, type Stored } from '@waybill/core';
import { decodeFields } from './decode-value.ts';
import type { EncodedObject } from './encode-value.ts';

/** How a document is named in its collection. The order of the two matters to MongoDB. */
export interface DocumentId {
  readonly tenant: string;
  readonly id: string;
}

/** A document as it lies in MongoDB: its own fields at the top level, so that people find what they look for. */
export interface MongoDocument {
  readonly _id: DocumentId;
  readonly _waybill: Bookkeeping;
  readonly [field: string]: unknown;
}

/** What we keep of a document. */
export interface Bookkeeping {
  readonly version: number;
  /** Of the last transaction that has only read the document, and must not be overtaken. */
  readonly readBy?: number;
  /** Of the journaled protocol: another one after every write. */
  readonly stamp?: number;
  /** The stamp before that one. */
  readonly before?: number;
  /** Of the journaled protocol: there are no fields, whatever lies there. */
  readonly absent?: true;
  /** Of the journaled protocol: what a transaction will make of the document. */
  readonly intent?: EncodedObject;
}

export const idOf = ({ tenant, id }: Key): DocumentId => ({ tenant, id });

export const documentOf = (key: Key, fields: EncodedObject, bookkeeping: Bookkeeping): MongoDocument => ({
  ...fields,
  _id: idOf(key),
  _waybill: bookkeeping,
});

export const storedOf = (collection: string, document: MongoDocument): Stored => {
  const { tenant, id } = document._id;
  return { key: { collection, tenant, id }, version: versionOf(document), fields: fieldsOf(document) };
};

export const fieldsOf = (document: MongoDocument): Fields => decodeFields(document);

/** Throws a `PayloadError` for what somebody else has put there without a version. */
export const versionOf = ({ _id, _waybill }: MongoDocument): number => {
  const version: unknown = _waybill?.version;
  if (typeof version === 'number') return version;
  throw new PayloadError('a document was not written by Waybill: it has no _waybill.version', {
    facts: { tenant: String(_id?.tenant), id: String(_id?.id) },
    fix: 'submit `document.put`, or give it a version that it never had',
  });
};
