import { quoted } from './contract/quoted.ts';
import { PayloadError } from './errors.ts';
import type { Schema } from './schema.ts';

/** A typed address on the channel. */
export interface Subject<S extends Schema = Schema> {
  readonly name: string;
  readonly body: S;
}

export const subjectName = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Throws a `PayloadError` for a name that is no subject, or that begins with `waybill.`, which is core's own. */
export const defineSubject = <S extends Schema>(definition: Subject<S>): Subject<S> => {
  const { name } = definition;
  if (
    typeof name !== 'string' ||
    !subjectName.test(name) ||
    name.length > 255 ||
    name.startsWith('waybill.')
  ) {
    throw new PayloadError(`${quoted(name)} is not allowed as a subject`, {
      fix: 'use dot-separated words of A-Z a-z 0-9 _ -, at most 255 characters, not "waybill."',
    });
  }
  return Object.freeze({ ...definition });
};
