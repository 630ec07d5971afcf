import { copyFields, copyPatch, type Fields, type Write } from '@waybill/core';
import type { Collection } from './collection.ts';

/** A write whose fields are ours already: applying it cannot throw. */
export interface PreparedWrite {
  readonly write: Write;
  readonly collection: Collection;
  readonly fields: Fields;
}

/** Throws a PayloadError for fields that JSON cannot carry. */
export const prepareWrite = (write: Write, collection: Collection): PreparedWrite => {
  switch (write.kind) {
    case 'put':
      return { write, collection, fields: copyFields(write.fields, what) };
    case 'patch':
      return { write, collection, fields: copyPatch(write.fields, what) };
    case 'delete':
      return { write, collection, fields: none };
  }
};

const what = 'a document';
const none: Fields = {};
