import { checkTransaction, type CommitOutcome, keyName, type Transaction, type Write } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import type { DocumentTable } from './document-table.ts';
import { encodeDocument } from './encode-document.ts';
import { holds, versionOf } from './expectation.ts';
import { patchExisting } from './patch.ts';
import { readDocument } from './stored.ts';
import { transactOne } from './transact-one.ts';
import type { Versions } from './versions.ts';

/**
 * Carries out one transaction inside a write of the file, which may go on with others. It decides before it writes:
 * a conflict has written nothing, and needs no savepoint. Whatever throws spoils the whole write of the file.
 */
export const transact = (catalog: Catalog, versions: Versions, transaction: Transaction): CommitOutcome => {
  checkTransaction(transaction);
  checkDeclared(catalog, transaction);
  const short = transactOne(catalog, versions, transaction);
  if (short !== undefined) return short;
  const { expect, writes, reads } = transaction;
  for (const expectation of expect) {
    if (holds(catalog, expectation)) continue;
    return expectation.kind === 'range'
      ? { result: 'conflict' }
      : { result: 'conflict', key: expectation.key };
  }
  for (const { kind, key } of writes) {
    if (kind === 'patch' && versionOf(catalog, key) === undefined) return { result: 'conflict', key };
  }
  const version = writes.some(({ kind }) => kind !== 'delete') ? versions.next() : 0;
  const absent = new Set(expect.flatMap((each) => (each.kind === 'absent' ? [keyName(each.key)] : [])));
  for (const write of writes) {
    carryOut(catalog.collection(write.key.collection).table, write, version, absent.has(keyName(write.key)));
  }
  if (reads === undefined) return { result: 'committed', version };
  return { result: 'committed', version, documents: reads.map((key) => readDocument(catalog, key)) };
};

/** Throws a `PayloadError` also where a conflict would end the transaction first. */
const checkDeclared = (catalog: Catalog, { expect, writes }: Transaction): void => {
  for (const expectation of expect) {
    if (expectation.kind === 'range') catalog.serving(expectation.query);
    else catalog.collection(expectation.key.collection);
  }
  for (const { key } of writes) catalog.collection(key.collection);
};

const carryOut = (table: DocumentTable, write: Write, version: number, isNew: boolean): void => {
  switch (write.kind) {
    case 'put': {
      const encoded = encodeDocument(table, write.key, version, write.fields);
      if (!isNew || !table.insert(encoded)) table.put(encoded);
      return;
    }
    case 'patch':
      return patchExisting(table, write, version);
    case 'delete':
      return table.delete(write.key.tenant, write.key.id);
  }
};
