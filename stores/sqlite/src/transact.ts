import {
  checkTransaction,
  type CommitOutcome,
  type Expectation,
  type Transaction,
  type Write,
} from '@waybill/core';
import type { Catalog } from './catalog.ts';
import type { DocumentTable } from './document-table.ts';
import { encodeDocument } from './encode-document.ts';
import { holds, versionOf } from './expectation.ts';
import { type Patch, patchExisting } from './patch.ts';
import { readDocument } from './stored.ts';
import { insertAll } from './insert-all.ts';
import { canPatchAtOnce, isAbout, patchAtOnce, transactOne } from './transact-one.ts';
import type { Versions } from './versions.ts';

/**
 * Carries out one transaction inside a write of the file, which may go on with others. It decides before it writes:
 * a conflict has written nothing. Whatever throws spoils the whole write of the file.
 */
export const transact = (catalog: Catalog, versions: Versions, transaction: Transaction): CommitOutcome => {
  checkTransaction(transaction);
  checkDeclared(catalog, transaction);
  const short = transactOne(catalog, versions, transaction) ?? insertAll(catalog, versions, transaction);
  if (short !== undefined) return short;
  const { expect, writes, reads } = transaction;
  const first = firstAtOnce(catalog, transaction);
  for (const expectation of expect) {
    if (first?.decides.includes(expectation) || holds(catalog, expectation)) continue;
    return expectation.kind === 'range'
      ? { result: 'conflict' }
      : { result: 'conflict', key: expectation.key };
  }
  for (const write of writes) {
    const { kind, key } = write;
    if (kind === 'patch' && write !== first?.patch && versionOf(catalog, key) === undefined)
      return { result: 'conflict', key };
  }
  const version = writes.some(({ kind }) => kind !== 'delete') ? versions.next() : 0;
  if (first !== undefined && !patchAtOnce(first.table, first.patch, version, first.decides))
    return { result: 'conflict', key: first.patch.key };
  for (const write of writes) {
    if (write === first?.patch) continue;
    carryOut(catalog.collection(write.key.collection).table, write, version);
  }
  if (reads === undefined) return { result: 'committed', version };
  return { result: 'committed', version, documents: reads.map((key) => readDocument(catalog, key)) };
};

/**
 * The first write, if it can decide by itself whether what is expected of its document holds: that is the fence of
 * a task, and saves looking at the record beforehand. It is carried out before all others.
 */
const firstAtOnce = (
  catalog: Catalog,
  { expect, writes: [patch] }: Transaction,
):
  | { readonly table: DocumentTable; readonly patch: Patch; readonly decides: readonly Expectation[] }
  | undefined => {
  if (patch?.kind !== 'patch') return undefined;
  const { table } = catalog.collection(patch.key.collection);
  const decides = expect.filter((expectation) => isAbout(expectation, patch.key));
  return canPatchAtOnce(table, patch, decides) ? { table, patch, decides } : undefined;
};

/** Throws a `PayloadError` also where a conflict would end the transaction first. */
const checkDeclared = (catalog: Catalog, { expect, writes }: Transaction): void => {
  for (const expectation of expect) {
    if (expectation.kind === 'range') catalog.serving(expectation.query);
    else catalog.collection(expectation.key.collection);
  }
  for (const { key } of writes) catalog.collection(key.collection);
};

const carryOut = (table: DocumentTable, write: Write, version: number): void => {
  switch (write.kind) {
    case 'put':
      return table.put(encodeDocument(table, write.key, version, write.fields));
    case 'patch':
      return patchExisting(table, write, version);
    case 'delete':
      return table.delete(write.key.tenant, write.key.id);
  }
};
