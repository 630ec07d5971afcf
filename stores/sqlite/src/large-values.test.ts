import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectionSpec, Expectation, Fields, Key, Write } from '@waybill/core';
import { SqliteFile } from '@waybill/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let directory: string;
let file: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-large-'));
  file = join(directory, 'waybill.db');
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(directory, { recursive: true });
});

const things: CollectionSpec = { name: 'things', apart: ['input', 'status'] };
const key: Key = { collection: 'things', tenant: 'acme', id: 'a' };
const long = (letter: string, length = 5_000): string => letter.repeat(length);

const open = async (spec = things): Promise<SqliteStore> => {
  const store = await openSqliteStore({ file, synchronous: 'normal' });
  opened.push(store);
  await store.prepare([spec]);
  return store;
};

const write = async (store: SqliteStore, write: Write, ...expectations: Expectation[]) => {
  const [outcome] = await store.commit([{ expect: expectations, writes: [write] }]);
  return outcome?.result;
};
const put = (store: SqliteStore, fields: Fields) => write(store, { kind: 'put', key, fields });
const patch = (store: SqliteStore, fields: Fields) => write(store, { kind: 'patch', key, fields });
const fieldsOf = async (store: SqliteStore) => (await store.get([key]))[0]?.fields;

const largeValuesIn = async (): Promise<unknown> => {
  const connection = await SqliteFile.open({ file, synchronous: 'normal', busyTimeoutMs: 1_000 });
  opened.push(connection);
  return connection.read(() => connection.prepare('SELECT count(*) FROM waybill_large_things').get()?.[0]);
};

describe('a large value', () => {
  const large = { input: { url: long('i') }, text: long('b'), list: [long('c')] };

  it('comes back as it was, through every kind of write', async () => {
    const store = await open();
    await write(store, { kind: 'put', key, fields: large }, { kind: 'absent', key });
    expect(await fieldsOf(store)).toEqual(large);
    await patch(store, { input: long('I'), text: long('B') });
    expect(await fieldsOf(store)).toEqual({ ...large, input: long('I'), text: long('B') });
    await patch(store, { input: 'small', text: undefined, list: undefined });
    expect(await fieldsOf(store)).toEqual({ input: 'small' });
    await patch(store, { status: long('s'), more: long('m') });
    expect(await fieldsOf(store)).toEqual({ input: 'small', status: long('s'), more: long('m') });
    await put(store, large);
    expect(await fieldsOf(store)).toEqual(large);
    await put(store, { input: '~', body: '~' });
    expect(await fieldsOf(store)).toEqual({ input: '~', body: '~' });
  });

  it('is not written again when another field changes', async () => {
    const store = await open();
    await put(store, { input: long('i', 200_000), status: 'new', body: long('b', 200_000) });
    const before = statSync(`${file}-wal`).size;
    for (let n = 0; n < 20; n++) await patch(store, { status: `changed ${n}` });
    expect(statSync(`${file}-wal`).size - before).toBeLessThan(200_000);
  });

  it('leaves with its document, and with what replaces it', async () => {
    const store = await open();
    await put(store, large);
    expect(await largeValuesIn()).toBe(2);
    await put(store, { small: true });
    expect(await largeValuesIn()).toBe(0);
    await patch(store, { input: long('i') });
    await patch(store, { input: 'small' });
    await write(store, { kind: 'delete', key });
    expect(await largeValuesIn()).toBe(0);
    await put(store, { small: true });
    expect(await fieldsOf(store)).toEqual({ small: true });
  });

  it('can be expected', async () => {
    const store = await open();
    await put(store, { input: long('i'), status: 'x' });
    const touch: Write = { kind: 'patch', key, fields: { status: 'y' } };
    expect(await write(store, touch, { kind: 'fields', key, fields: { input: long('j') } })).toBe('conflict');
    expect(await write(store, touch, { kind: 'fields', key, fields: { input: '\u0001~' } })).toBe('conflict');
    expect(await write(store, touch, { kind: 'fields', key, fields: { input: null } })).toBe('conflict');
    expect(await write(store, touch, { kind: 'fields', key, fields: { input: long('i') } })).toBe(
      'committed',
    );
  });

  it('is found by an index, whether that was there before or not', async () => {
    const store = await open();
    await put(store, { input: long('i'), text: long('t') });
    const indexes = [
      { name: 'byInput', fields: ['input'] },
      { name: 'byText', fields: ['text'] },
    ] as const;
    const recent = await open({ ...things, indexes });
    for (const value of ['i', 't'].map((letter) => long(letter))) {
      const index = value.startsWith('i') ? 'byInput' : 'byText';
      const page = await recent.find({ collection: 'things', tenant: 'acme', index, equals: [], limit: 9 });
      expect(page.documents.map(({ fields }) => fields)).toEqual([{ input: long('i'), text: long('t') }]);
    }
    await patch(store, { input: long('k') });
    const range = { min: long('k'), max: long('k') };
    const query = { collection: 'things', tenant: 'acme', index: 'byInput', equals: [], limit: 9, range };
    expect((await recent.find(query)).documents).toHaveLength(1);
  });
});
