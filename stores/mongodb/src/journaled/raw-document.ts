import { type Fields, PayloadError } from '@waybill/core';
import type { Change, Intent, RawDocument } from '@waybill/journaled';
import { decodeObject } from '../decode-value.ts';
import { type Bookkeeping, fieldsOf, type MongoDocument, versionOf } from '../document.ts';
import { type EncodedObject, encodeFields } from '../encode-value.ts';

export const rawDocumentOf = (collection: string, document: MongoDocument): RawDocument => {
  const { tenant, id } = document._id;
  const version = versionOf(document);
  const { stamp, absent, intent } = document._waybill;
  if (stamp === undefined)
    throw new PayloadError('a document was not written by way of the journal: it has no _waybill.stamp', {
      facts: { tenant, id },
    });
  return {
    key: { collection, tenant, id },
    stamp,
    version,
    ...(absent === true ? {} : { fields: fieldsOf(document) }),
    ...(intent === undefined ? {} : { intent: intentOf(intent) }),
  };
};

/** What we keep of a document that becomes this one. */
export const bookkeepingOf = ({ stamp, version, fields, intent }: Omit<RawDocument, 'key'>): Bookkeeping => ({
  version,
  stamp,
  ...(fields === undefined ? { absent: true } : {}),
  ...(intent === undefined ? {} : { intent: encodeIntent(intent) }),
});

export const encodeIntent = ({ transaction, startedAt, change }: Intent): EncodedObject => ({
  transaction,
  startedAt,
  change: encodeChange(change),
});

const encodeChange = (change: Change): EncodedObject => {
  switch (change.kind) {
    case 'put':
      return { kind: 'put', fields: encodeFields(change.fields) };
    case 'patch':
      return { kind: 'patch', set: encodeFields(change.set), unset: [...change.unset] };
    case 'delete':
      return { kind: 'delete' };
  }
};

/** Intents are written by this file only. */
const intentOf = (encoded: EncodedObject): Intent => decodeObject(encoded) as Fields & Intent;
