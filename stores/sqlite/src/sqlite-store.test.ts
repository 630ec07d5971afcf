import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ClosedError,
  type CollectionSpec,
  type DocumentStore,
  type Fields,
  type Key,
  PayloadError,
  type Transaction,
} from '@waybill/core';
import { SqliteFile } from '@waybill/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pageSql } from './find-sql.ts';
import { readTable } from './read-table.ts';
import { openSqliteStore, SqliteStore } from './sqlite-store.ts';

let directory: string;
let file: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-store-'));
  file = join(directory, 'waybill.db');
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(directory, { recursive: true });
});

const open = async (...collections: CollectionSpec[]): Promise<SqliteStore> => {
  const store = await openSqliteStore({ file, synchronous: 'normal' });
  opened.push(store);
  await store.prepare(collections);
  return store;
};

const openFile = async (): Promise<SqliteFile> => {
  const connection = await SqliteFile.open({ file, synchronous: 'normal', busyTimeoutMs: 2_000 });
  opened.push(connection);
  return connection;
};

const things = 'things';
const key = (id: string, tenant = 'acme'): Key => ({ collection: things, tenant, id });
const putting = (id: string, fields: Fields): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields }],
});
const put = (store: DocumentStore, id: string, fields: Fields) => store.commit([putting(id, fields)]);
const patch = (store: DocumentStore, id: string, fields: Fields) =>
  store.commit([{ expect: [], writes: [{ kind: 'patch', key: key(id), fields }] }]);
const fieldsOf = async (store: DocumentStore, id: string) => (await store.get([key(id)]))[0]?.fields;
const idsBy = async (store: DocumentStore, index: string, equals: readonly (string | number)[] = []) => {
  const { documents, total } = await store.find({
    collection: things,
    tenant: 'acme',
    index,
    equals,
    limit: 1000,
    total: true,
  });
  expect(total).toBe(documents.length);
  return documents.map((document) => document.key.id);
};

/** Everything that JSON tells apart and a database might not. */
const values: Fields = {
  text: 'plain',
  empty: '',
  number: '12',
  zero: 0,
  big: Number.MAX_SAFE_INTEGER,
  fraction: 0.1,
  tiny: 5e-324,
  yes: true,
  no: false,
  nothing: null,
  list: [1, '1', null, [], {}],
  object: { deep: { nothing: null }, list: [] },
  nul: 'a\0b',
  marked: '\u0001{"not":"json"}',
  markedTwice: '\u0001\u0001',
  emoji: '\u{1f600}',
};

describe('fields', () => {
  it('come back as they were, in the body, in columns of their own, and after they have moved there', async () => {
    const apart = Object.keys(values);
    const [before] = [await open({ name: things })];
    await put(before, 'body', values);
    expect(await fieldsOf(before, 'body')).toEqual(values);
    const after = await open({ name: things, apart });
    await put(after, 'columns', values);
    await put(after, 'patched', {});
    await patch(after, 'patched', values);
    for (const id of ['body', 'columns', 'patched']) expect(await fieldsOf(after, id)).toEqual(values);
    for (const field of apart) await patch(after, 'columns', { [field]: undefined });
    expect(await fieldsOf(after, 'columns')).toEqual({});
  });

  it('may have any name, also as columns and in an index', async () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'version',
      'TENANT',
      'id',
      'body',
      'doc',
      '',
      ' ',
      'a"b',
      "a'b",
      'a;--',
      'Name',
      'name',
      'n\0',
      'ä',
    ];
    const fields = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
    Object.defineProperty(fields, '__proto__', { value: 'of __proto__', enumerable: true });
    const indexes = names.map((name) => ({ name: `by ${name}`, fields: [name] as const }));
    const store = await open({ name: things, indexes });
    await put(store, 'a', fields);
    await put(store, 'b', {});
    await patch(store, 'b', fields);
    await put(store, 'none', {});
    for (const id of ['a', 'b']) {
      const found = await fieldsOf(store, id);
      expect(Object.keys(found ?? {}).sort()).toEqual([...names].sort());
      for (const name of names)
        expect(Object.getOwnPropertyDescriptor(found, name)?.value).toBe(`of ${name}`);
    }
    for (const name of names) expect(await idsBy(store, `by ${name}`)).toEqual(['a', 'b']);
    expect(Object.keys((await fieldsOf(store, 'none')) ?? { wrong: 1 })).toEqual([]);
  });

  it('with a lone surrogate are refused, in an index and elsewhere', async () => {
    const store = await open({ name: things, indexes: [{ name: 'byText', fields: ['text'] }] });
    for (const fields of [{ text: 'cut \ud83d' }, { other: 'cut \ud83d' }, { '\udc00': 1 }]) {
      await expect(put(store, 'a', fields)).rejects.toThrow(PayloadError);
      await put(store, 'b', {});
      await expect(patch(store, 'b', fields)).rejects.toThrow(PayloadError);
    }
    expect(await fieldsOf(store, 'a')).toBeUndefined();
    expect(await fieldsOf(store, 'b')).toEqual({});
  });
});

describe('an index', () => {
  const byText: CollectionSpec = { name: things, indexes: [{ name: 'byText', fields: ['text'] }] };

  it('holds strings and numbers only, in order, also strings that look like our encoding', async () => {
    const store = await open(byText);
    const texts = [
      '',
      '\0',
      '\u0001',
      '\u0001\u0001',
      '\u0001"',
      '\u0001{}',
      '\u0001\u{10ffff}',
      '\u0002',
      'a',
      '\ue000',
      '\u{1f600}',
    ];
    const ordered = [-1, 0, 0.5, ...texts];
    const shuffled = ordered
      .map((text, n) => ({ text, n }))
      .sort((a, b) => ((a.n * 7) % 11) - ((b.n * 7) % 11));
    for (const { text, n } of shuffled) await put(store, `${n}`, { text });
    for (const [n, text] of [null, true, false, [], {}, ['a']].entries())
      await put(store, `not ${n}`, { text });
    expect(await idsBy(store, 'byText')).toEqual(ordered.map((_, n) => `${n}`));
    for (const [n, text] of texts.entries()) {
      const range = { min: text, max: text };
      const page = await store.find({
        collection: things,
        tenant: 'acme',
        index: 'byText',
        equals: [],
        limit: 9,
        range,
      });
      expect(page.documents.map((document) => document.key.id)).toEqual([`${n + 3}`]);
    }
  });

  it('pages through equal values and strange ones, in both directions', async () => {
    const store = await open(byText);
    for (let n = 0; n < 30; n++)
      await put(store, String(n).padStart(2, '0'), { text: ['same', '\u0001', 7][n % 3] as string });
    for (const order of ['asc', 'desc'] as const) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.find({
          collection: things,
          tenant: 'acme',
          index: 'byText',
          equals: [],
          limit: 4,
          order,
          ...(after && { after }),
        });
        seen.push(...page.documents.map((document) => document.key.id));
        after = page.next;
      } while (after);
      const all = await idsBy(store, 'byText');
      expect(seen).toEqual(order === 'asc' ? all : all.reverse());
    }
  });

  it('is used for every shape of query, without sorting', async () => {
    const indexes = [
      { name: 'one', fields: ['status', 'dueAt'], acrossTenants: true },
      { name: 'own', fields: ['status', 'dueAt'] },
    ] as const;
    await open({ name: things, indexes });
    const connection = await openFile();
    const table = readTable(connection, things);
    for (const index of indexes) {
      for (const order of ['asc', 'desc'] as const) {
        for (const follows of [false, true]) {
          const sql = pageSql(table, index, { what: 'documents', order, follows });
          const plan = connection
            .prepare(`EXPLAIN QUERY PLAN ${sql}`)
            .all()
            .map((row) => row[3]);
          const seek = !follows
            ? /^SEARCH .* USING INDEX/
            : order === 'asc'
              ? /USING INDEX .*>\(/
              : /USING INDEX .*<\(/;
          expect(plan).toEqual([expect.stringMatching(seek)]);
        }
      }
    }
  });

  it('that is declared later, or anew under its old name, covers what is there', async () => {
    const first = await open({ name: things, indexes: [{ name: 'by', fields: ['a'] }] });
    await put(first, '1', { a: 'x', b: 'y', c: [1] });
    const second = await open({ name: things, indexes: [{ name: 'by', fields: ['b', 'c'] }], apart: ['c'] });
    await patch(second, '1', { c: 3 });
    expect(await idsBy(second, 'by', ['y'])).toEqual(['1']);
    expect(await idsBy(first, 'by')).toEqual(['1']);
  });

  it('may be declared while another process writes, which goes on without knowing', async () => {
    const old = await open({ name: things });
    await put(old, '1', { a: 1, b: { deep: true } });
    const recent = await open({ name: things, indexes: [{ name: 'byA', fields: ['a'] }], apart: ['b'] });
    await patch(old, '1', { a: 2, c: 3 });
    await put(old, '2', { a: 3, b: null });
    expect(await idsBy(recent, 'byA')).toEqual(['1', '2']);
    expect(await fieldsOf(old, '1')).toEqual({ a: 2, b: { deep: true }, c: 3 });
    expect(await fieldsOf(recent, '2')).toEqual({ a: 3, b: null });
  });

  it('may be declared by many at once', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    await Promise.all(
      stores.map((store, n) => store.prepare([byText, { name: things, apart: [`own${n}`, 'shared'] }])),
    );
    await Promise.all(
      stores.map((store, n) => put(store, `${n}`, { text: 'x', [`own${n}`]: n, shared: [] })),
    );
    for (const store of stores) expect(await idsBy(store, 'byText')).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('commits', () => {
  it('that are sent together stand for themselves: a wrong one fails alone', async () => {
    const store = await open({ name: things });
    const wrong = { ...putting('wrong', {}), reads: [key('other')] };
    const answers = await Promise.allSettled([
      put(store, 'a', { n: 1 }),
      store.commit([putting('b', {}), wrong]),
      put(store, 'c', { n: 1n as never }),
      put(store, 'd', { n: 1 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    const there = await store.get(['a', 'b', 'c', 'd'].map((id) => key(id)));
    expect(there.map((stored) => stored?.key.id)).toEqual(['a', undefined, undefined, 'd']);
  });

  it('of many new documents write all of them, whatever their shapes, or none', async () => {
    const store = await open({ name: things, apart: ['n', 'text', 'large'] });
    const large = 'x'.repeat(100_000);
    const fieldsAt = (n: number): Fields =>
      n % 3 === 0 ? { n, text: 'same' } : n % 7 === 0 ? { n, large } : { n: 1, other: [n] };
    const creating = (ids: readonly string[]): Transaction => {
      const keys = ids.map((id) => key(id));
      return {
        expect: keys.map((one) => ({ kind: 'absent', key: one })),
        writes: keys.map((one, n) => ({ kind: 'put', key: one, fields: fieldsAt(n) })),
      };
    };
    const ids = Array.from({ length: 130 }, (_, n) => `${n}`);
    expect(await store.commit([creating(ids)])).toMatchObject([{ result: 'committed' }]);
    const there = await store.get(ids.map((id) => key(id)));
    expect(there.map((stored) => stored?.fields)).toEqual(ids.map((_, n) => fieldsAt(n)));

    const others = Array.from({ length: 130 }, (_, n) => (n === 77 ? '0' : `other ${n}`));
    const outcome = await store.commit([creating(others), putting('after', {})]);
    expect(outcome).toMatchObject([{ result: 'conflict', key: { id: '0' } }, { result: 'committed' }]);
    expect(await store.get(others.map((id) => key(id)))).toEqual(
      others.map((id) => (id === '0' ? there[0] : undefined)),
    );
  });

  it('of many that make a document each stand for themselves, and can be written again at once', async () => {
    const store = await open({ name: things, apart: ['n', 'by'] });
    const creating = (id: string, n: number): Transaction => ({
      expect: [{ kind: 'absent', key: key(id) }],
      writes: [{ kind: 'put', key: key(id), fields: n % 2 === 0 ? { n } : { n, by: 'one' } }],
    });
    const ids = Array.from({ length: 50 }, (_, n) => `${n}`);
    const made = await store.commit(ids.map((id, n) => creating(id, n)));
    const versions = made.map((outcome) => (outcome.result === 'committed' ? outcome.version : 0));
    expect(new Set(versions).size).toBe(50);
    expect((await store.get(ids.map((id) => key(id)))).map((stored) => stored?.version)).toEqual(versions);

    const patching = ids.map(
      (id, n): Transaction => ({
        expect: [{ kind: 'fields', key: key(id), fields: { n } }],
        writes: [{ kind: 'patch', key: key(id), fields: { by: `other ${n}` } }],
        reads: [key(id)],
      }),
    );
    const patched = await store.commit(patching);
    expect(patched.map((one) => one.result === 'committed' && one.documents?.[0]?.fields)).toEqual(
      ids.map((_, n) => ({ n, by: `other ${n}` })),
    );

    const some = ['a', '7', 'b', 'a', ...Array.from({ length: 40 }, (_, n) => `new ${n}`)];
    const outcomes = await store.commit(some.map((id, n) => creating(id, n)));
    expect(outcomes.flatMap(({ result }, i) => (result === 'conflict' ? [i] : []))).toEqual([1, 3]);
    expect(await fieldsOf(store, 'a')).toEqual({ n: 0 });
    expect(await fieldsOf(store, '7')).toEqual({ n: 7, by: 'other 7' });
    expect(await fieldsOf(store, 'new 39')).toMatchObject({ n: 43 });
  });

  it('in flight are answered before the store closes, later ones refused', async () => {
    const store = await open({ name: things });
    const committing = put(store, 'a', {});
    const closing = store.close();
    expect(await committing).toMatchObject([{ result: 'committed' }]);
    await closing;
    await expect(put(store, 'b', {})).rejects.toThrow(ClosedError);
    await expect(store.get([])).rejects.toThrow(ClosedError);
    await expect(store.now()).rejects.toThrow(ClosedError);
    expect(await fieldsOf(await open({ name: things }), 'a')).toEqual({});
  });
});
