import { type CollectionSpec, type DocumentStore, type Fields, PayloadError } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { pageSql } from './find-sql.ts';
import { readTable } from './read-table.ts';
import { fieldsOf, key, put, things, useFile } from './things.fixture.ts';

const { open, openFile } = useFile();

const patch = (store: DocumentStore, id: string, fields: Fields) =>
  store.commit([{ expect: [], writes: [{ kind: 'patch', key: key(id), fields }] }]);
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
