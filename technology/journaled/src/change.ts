import { copyFields, copyPatch, type Fields, type Json, setField, type Write } from '@waybill/core';
import type { Change, Patch } from './raw-document.ts';

/** What a write does to the fields of its document, as a copy. Throws a `PayloadError` for what is no JSON. */
export const changeOf = (write: Write): Change => {
  switch (write.kind) {
    case 'put':
      return { kind: 'put', fields: copyFields(write.fields, 'a document') };
    case 'patch':
      return patchOf(copyPatch(write.fields, 'a patch'));
    case 'delete':
      return { kind: 'delete' };
  }
};

const patchOf = (fields: Fields): Patch => {
  const set: Record<string, Json> = {};
  const unset: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) unset.push(name);
    else setField(set, name, value);
  }
  return { kind: 'patch', set, unset };
};

/** The fields after the change; shares the values of both. */
export const changed = (fields: Fields | undefined, change: Change): Fields | undefined => {
  switch (change.kind) {
    case 'put':
      return change.fields;
    case 'patch': {
      const after: Record<string, Json | undefined> = { ...fields, ...change.set };
      for (const name of change.unset) delete after[name];
      return after;
    }
    case 'delete':
      return undefined;
  }
};
