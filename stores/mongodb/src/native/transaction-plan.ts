import {
  checkJson,
  checkTransaction,
  type Expectation,
  type Key,
  keyName,
  type Seen,
  type Transaction,
  UnsupportedError,
  type Write,
} from '@waybill/core';
import type { DeclaredCollections } from '../declared-collections.ts';
import { type EncodedObject, encodeFields, encodeValue } from '../encode-value.ts';
import { escapeName } from '../field-name.ts';
import { type Filter, noList } from '../find-filter.ts';
import { type IndexQuery, indexQuery } from '../index-query.ts';
import { isGuarded } from './guards.ts';

/** A write as MongoDB takes it. */
export type PlannedWrite =
  | { readonly kind: 'put'; readonly fields: EncodedObject }
  | { readonly kind: 'patch'; readonly set: EncodedObject; readonly unset: readonly string[] }
  | { readonly kind: 'delete' };

/** All that a transaction wants of one document. */
export interface KeyPlan {
  readonly key: Key;
  /** Whether the document must be there, must not, or may. */
  readonly presence: 'present' | 'absent' | 'any';
  /** Of the document that is present. */
  readonly conditions: readonly Filter[];
  /** Absent: the document is only expected. */
  readonly write?: PlannedWrite;
}

/** What a query must give. */
export interface RangePlan {
  readonly query: IndexQuery;
  readonly seen: readonly Seen[];
}

export interface TransactionPlan {
  readonly keys: readonly KeyPlan[];
  readonly ranges: readonly RangePlan[];
  readonly reads?: readonly Key[];
  /** The key of which two things are wanted that exclude each other: a conflict, whatever is there. */
  readonly impossible?: Key;
}

/** Everything of the transaction that is the caller's is copied. Throws a `PayloadError` for a wrong one. */
export const planTransaction = (transaction: Transaction, declared: DeclaredCollections): TransactionPlan => {
  const plans = new Map<string, Draft>();
  const draftOf = ({ collection, tenant, id }: Key): Draft => {
    declared.assert(collection);
    const key = { collection, tenant, id };
    const name = keyName(key);
    const draft = plans.get(name) ?? { key, mustBe: new Set(), conditions: [] };
    plans.set(name, draft);
    return draft;
  };
  checkTransaction(transaction);
  const ranges: RangePlan[] = [];
  for (const expectation of transaction.expect)
    if (expectation.kind === 'range') ranges.push(rangeOf(expectation, declared));
    else expects(draftOf(expectation.key), expectation);
  for (const write of transaction.writes) writes(draftOf(write.key), write);
  const impossible = [...plans.values()].find(({ mustBe }) => mustBe.size > 1)?.key;
  return {
    keys: [...plans.values()].map(finished),
    ranges,
    ...(transaction.reads && { reads: transaction.reads.map((key) => draftOf(key).key) }),
    ...(impossible && { impossible }),
  };
};

interface Draft {
  readonly key: Key;
  readonly mustBe: Set<'present' | 'absent'>;
  readonly conditions: Filter[];
  write?: PlannedWrite;
}

const finished = ({ key, mustBe, conditions, write }: Draft): KeyPlan => {
  const [presence = 'any'] = mustBe;
  return { key, presence, conditions, ...(write && { write }) };
};

const rangeOf = (
  { query, seen }: Extract<Expectation, { kind: 'range' }>,
  declared: DeclaredCollections,
): RangePlan => {
  const wanted = indexQuery(query, declared.index(query));
  if (!isGuarded(query.collection))
    throw new UnsupportedError(`queries of ${query.collection} cannot be relied on`, {
      fix: 'expect the documents themselves',
    });
  return { query: wanted, seen: [...seen] };
};

const expects = (draft: Draft, expectation: Exclude<Expectation, { kind: 'range' }>): void => {
  const { mustBe, conditions } = draft;
  mustBe.add(expectation.kind === 'absent' ? 'absent' : 'present');
  if (expectation.kind === 'version') conditions.push({ '_waybill.version': expectation.version });
  if (expectation.kind === 'fields')
    for (const [name, value] of Object.entries(expectation.fields))
      conditions.push({ [escapeName(name)]: { $eq: encodeValue(value), ...noList } });
};

const writes = (draft: Draft, write: Write): void => {
  if (write.kind === 'delete') {
    draft.write = { kind: 'delete' };
    return;
  }
  checkJson(write.fields, 'a document');
  const encoded = encodeFields(write.fields);
  if (write.kind === 'put') {
    draft.write = { kind: 'put', fields: encoded };
    return;
  }
  draft.mustBe.add('present');
  const unset = Object.keys(write.fields).filter((name) => write.fields[name] === undefined);
  draft.write = { kind: 'patch', set: encoded, unset: unset.map(escapeName) };
};

/** Those that must be there, as they are wanted. */
export const filterOf = ({ key, conditions }: KeyPlan): Filter => {
  const _id = { tenant: key.tenant, id: key.id };
  if (conditions.length === 0) return { _id };
  const names = conditions.flatMap((condition) => Object.keys(condition));
  // Two conditions of one field, if ever, must not overwrite each other.
  return new Set(names).size === names.length
    ? Object.assign({ _id }, ...conditions)
    : { _id, $and: conditions };
};

/** The answer's version: documents that are removed, or only expected, have none. */
export const versionFor = (keys: readonly KeyPlan[], version: number): number =>
  keys.some(({ write }) => write !== undefined && write.kind !== 'delete') ? version : 0;
