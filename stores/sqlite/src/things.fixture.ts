import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectionSpec, DocumentStore, Fields, Key, Transaction } from '@waybill/core';
import { SqliteFile } from '@waybill/sqlite';
import { afterEach, beforeEach } from 'vitest';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

/** A new file for each test, and what was opened on it is closed behind it. */
export const useFile = () => {
  let directory: string;
  const opened: { close(): Promise<void> }[] = [];
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'waybill-store-'));
    path = join(directory, 'waybill.db');
  });

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    rmSync(directory, { recursive: true });
  });

  const open = async (...collections: CollectionSpec[]): Promise<SqliteStore> => {
    const store = await openSqliteStore({ file: path, synchronous: 'normal' });
    opened.push(store);
    await store.prepare(collections);
    return store;
  };

  const openFile = async (): Promise<SqliteFile> => {
    const file = await SqliteFile.open({ file: path, synchronous: 'normal', busyTimeoutMs: 2_000 });
    opened.push(file);
    return file;
  };

  return { open, openFile };
};

export const things = 'things';

export const key = (id: string, tenant = 'acme'): Key => ({ collection: things, tenant, id });

export const putting = (id: string, fields: Fields): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields }],
});

export const put = (store: DocumentStore, id: string, fields: Fields) => store.commit([putting(id, fields)]);

export const fieldsOf = async (store: DocumentStore, id: string): Promise<Fields | undefined> =>
  (await store.get([key(id)]))[0]?.fields;
