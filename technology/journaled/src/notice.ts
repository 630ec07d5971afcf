import { type Fields, type Key } from '@waybill/core';
import { counterKey } from './numbers.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';

/** What all clients know of the indexes of one collection. */
export interface Notice {
  /** Fields that are in some index, whoever has declared it. Only grows. */
  readonly names: readonly string[];
  /** Those of them that somebody who relies on the others may not have heard of yet. */
  readonly young: readonly string[];
  /** Who relies on these names: one client, several, or nobody so far. */
  readonly reliedOnBy?: string;
}

/** No client's id. */
const several = 'several';

export const noticeKey = (collection: string): Key => counterKey(`indexed ${collection}`);

/** Notices are written by this file only. */
export const noticeOf = ({ fields }: RawDocument): Notice => fields as unknown as Notice;

export const writeNotice = (
  collection: string,
  { names, young, reliedOnBy }: Notice,
  { document, stamp }: { readonly document: RawDocument | undefined; readonly stamp: number },
): RawWrite => {
  const fields: Fields = { names, young, ...(reliedOnBy !== undefined && { reliedOnBy }) };
  const key = noticeKey(collection);
  return document === undefined
    ? { kind: 'create', document: { key, stamp, version: 0, fields } }
    : { kind: 'update', key, expected: document.stamp, stamp, version: 0, change: { kind: 'put', fields } };
};

/** With these names, which are young if anybody but this client relies on not having heard of them. */
export const adding = (
  there: Notice | undefined,
  wanted: readonly string[],
  client: string,
): Notice | undefined => {
  const { names = [], young = [], reliedOnBy } = there ?? {};
  const added = [...new Set(wanted)].filter((name) => !names.includes(name));
  if (there !== undefined && added.length === 0) return undefined;
  const isAlone = reliedOnBy === undefined || reliedOnBy === client;
  return {
    names: [...names, ...added],
    young: isAlone ? young : [...young, ...added],
    ...(reliedOnBy !== undefined && { reliedOnBy }),
  };
};

/** Nothing where nobody has written down what is indexed: then it is not known. */
export const relyingOn = (there: Notice | undefined, client: string): Notice | undefined => {
  if (there === undefined || there.reliedOnBy === client || there.reliedOnBy === several) return undefined;
  return { ...there, reliedOnBy: there.reliedOnBy === undefined ? client : several };
};

export const isNew = (notice: Notice | undefined, names: readonly string[]): boolean =>
  names.some((name) => notice?.young.includes(name));

/** When all have had the time to hear of these. */
export const settling = (there: Notice, names: readonly string[]): Notice | undefined => {
  const young = there.young.filter((name) => !names.includes(name));
  return young.length === there.young.length ? undefined : { ...there, young };
};
