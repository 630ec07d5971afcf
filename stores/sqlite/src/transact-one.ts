import {
  type CommitOutcome,
  type Expectation,
  type Key,
  sameKey,
  type Stored,
  type Transaction,
  type Write,
} from '@waybill/core';
import type { Catalog } from './catalog.ts';
import type { DocumentTable } from './document-table.ts';
import { encodeDocument } from './encode-document.ts';
import { canRequire, isOfColumns, type Patch, requireInUpdate, setColumns } from './patch.ts';
import { agrees, patched, presentFields, type Recent } from './recent-documents.ts';
import { readRow } from './stored.ts';
import { Update } from './update.ts';
import type { Versions } from './versions.ts';

/**
 * The short way for most transactions, which look at one document and write it: one statement that decides and
 * writes. `undefined`: the transaction needs the long way.
 */
export const transactOne = (
  catalog: Catalog,
  versions: Versions,
  { expect, writes, reads }: Transaction,
): CommitOutcome | undefined => {
  const [write] = writes;
  if (write === undefined || writes.length > 1) return undefined;
  for (const expectation of expect) if (!isAbout(expectation, write.key)) return undefined;
  const { table } = catalog.collection(write.key.collection);
  if (write.kind === 'put' && reads === undefined) return putOne(table, versions, write, expect);
  if (write.kind !== 'patch' || !canPatchAtOnce(table, write, expect)) return undefined;
  const version = versions.next();
  const { key } = write;
  const before = patchRecent(table, write, version, expect);
  if (before === undefined && !patchByKey(table, write, version, expect)) return { result: 'conflict', key };
  if (reads === undefined) return { result: 'committed', version };
  const stored = before === undefined ? readRow(table, key) : rememberPatched(table, write, version, before);
  return { result: 'committed', version, documents: reads.map(() => stored) };
};

export const isAbout = (expectation: Expectation, key: Key): boolean =>
  expectation.kind !== 'range' && sameKey(expectation.key, key);

/** Whether one UPDATE can make this patch, and can tell if it may. */
export const canPatchAtOnce = (
  table: DocumentTable,
  { fields }: Patch,
  expect: readonly Expectation[],
): boolean => isOfColumns(table, fields) && expect.every((expectation) => canRequire(table, expectation));

/** Answers whether there was such a document, of which all this held. */
export const patchAtOnce = (
  table: DocumentTable,
  patch: Patch,
  version: number,
  expect: readonly Expectation[],
): boolean =>
  patchRecent(table, patch, version, expect) !== undefined || patchByKey(table, patch, version, expect);

const patchByKey = (
  table: DocumentTable,
  { key, fields }: Patch,
  version: number,
  expect: readonly Expectation[],
): boolean => {
  const update = new Update(table, key, version);
  setColumns(update, table, fields);
  for (const expectation of expect) requireInUpdate(update, table, expectation);
  return update.run();
};

/** By row, if it is still as it was lately, and answers that. Whoever does not read it back has done with it. */
const patchRecent = (
  table: DocumentTable,
  { key, fields }: Patch,
  version: number,
  expect: readonly Expectation[],
): Recent | undefined => {
  const recent = table.recent.get(key);
  if (recent === undefined || !agrees(recent, expect)) return undefined;
  const update = new Update(table, key, version, recent);
  setColumns(update, table, fields);
  table.recent.forget(key);
  return update.run() ? recent : undefined;
};

/** What is read back is often written next. */
const rememberPatched = (
  table: DocumentTable,
  { key, fields }: Patch,
  version: number,
  { tenant, doc, fields: before }: Recent,
): Stored => {
  const after = patched(before, fields);
  table.recent.remember(key.id, { tenant, doc, version, fields: after });
  return { key, version, fields: presentFields(after) };
};

const putOne = (
  table: DocumentTable,
  versions: Versions,
  { key, fields }: Extract<Write, { kind: 'put' }>,
  expect: readonly Expectation[],
): CommitOutcome | undefined => {
  const isInsert = expect.length === 1 && expect[0]?.kind === 'absent';
  if (!isInsert && expect.length > 0) return undefined;
  const version = versions.next();
  const cells = encodeDocument(table, key, version, fields);
  if (!isInsert) table.put(cells);
  else if (!table.insertAndRemember(cells)) return { result: 'conflict', key };
  return { result: 'committed', version };
};
