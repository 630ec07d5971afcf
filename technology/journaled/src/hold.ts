import type { Key } from '@waybill/core';
import type { Change, Intent, RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';
import { stampsOf } from './stamps.ts';

/** A document that a transaction holds. */
export type Held = RawDocument & { readonly intent: Intent };

export const isHeld = (document: RawDocument | undefined): document is Held => document?.intent !== undefined;

/** Places the intent, if the document is still as it was read. */
export const hold = (key: Key, there: RawDocument | undefined, intent: Intent): RawWrite => {
  const { held: stamp } = stampsOf(intent.transaction);
  return there === undefined
    ? { kind: 'create', document: { key, stamp, version: 0, intent } }
    : { kind: 'update', key, expected: there.stamp, stamp, version: there.version, intent };
};

/** Makes true what a committed transaction has decided of a document that still has its intent: of no other one. */
export const apply = (
  key: Key,
  { transaction, change }: Pick<Intent, 'transaction' | 'change'>,
): RawWrite => {
  const { held, applied } = stampsOf(transaction);
  return { kind: 'update', key, expected: held, stamp: applied, version: transaction, change };
};

/** Lets go of a document for a transaction that has not committed and never will. */
export const release = (
  { key, version }: Pick<RawDocument, 'key' | 'version'>,
  transaction: number,
): RawWrite => {
  const { held, released } = stampsOf(transaction);
  return { kind: 'update', key, expected: held, stamp: released, version };
};

/** A transaction of one document, in one write. */
export const applyAtOnce = (key: Key, there: RawDocument | undefined, made: Made): RawWrite => {
  const { applied: stamp } = stampsOf(made.transaction);
  const { transaction: version, change } = made;
  if (there !== undefined) return { kind: 'update', key, expected: there.stamp, stamp, version, change };
  const fields = change.kind === 'put' ? change.fields : undefined;
  return { kind: 'create', document: { key, stamp, version, ...(fields === undefined ? {} : { fields }) } };
};

interface Made {
  readonly transaction: number;
  readonly change: Change;
}
