import {
  ClosedError,
  type IndexValue,
  type JsonObject,
  type Key,
  PayloadError,
  type Query,
} from '@waybill/core';
import { describe, expect, test } from 'vitest';
import { MemoryStore, MemoryStoreBackend } from './index.ts';

const key = (id: string, tenant = 'acme'): Key => ({ collection: 'things', tenant, id });

const open = async (): Promise<MemoryStore> => {
  const store = new MemoryStore();
  await store.prepare([
    {
      name: 'things',
      indexes: [
        { name: 'by-size', fields: ['size'] },
        { name: 'by-kind', fields: ['kind', 'size'], acrossTenants: true },
      ],
    },
  ]);
  return store;
};

const put = async (store: MemoryStore, at: Key, fields: JsonObject): Promise<number> => {
  const [outcome] = await store.commit([{ expect: [], writes: [{ kind: 'put', key: at, fields }] }]);
  if (outcome?.result !== 'committed') throw new Error('a put without expectations always commits');
  return outcome.version;
};

const bySize: Query = { collection: 'things', tenant: 'acme', index: 'by-size', equals: [], limit: 100 };

describe('isolation of documents', () => {
  test('changing what was put does not change the document', async () => {
    const store = await open();
    const fields = { list: [1, { deep: true }] };
    await put(store, key('a'), fields);
    fields.list.push(2);
    Object.assign(fields.list[1] as object, { deep: false });
    expect((await store.get([key('a')]))[0]?.fields).toEqual({ list: [1, { deep: true }] });
  });

  test('changing what was got does not change the document', async () => {
    const store = await open();
    await put(store, key('a'), { list: [1] });
    const [got] = await store.get([key('a')]);
    Object.assign(got?.fields['list'] ?? {}, [2, 3]);
    expect((await store.get([key('a')]))[0]?.fields).toEqual({ list: [1] });
  });

  test('fields named like members of Object are ordinary fields', async () => {
    const store = await open();
    const odd = JSON.parse('{"__proto__":{"polluted":1},"constructor":"c","toString":[1]}') as JsonObject;
    await put(store, key('a'), odd);
    await store.commit([
      {
        expect: [],
        writes: [{ kind: 'patch', key: key('a'), fields: JSON.parse('{"__proto__":{"polluted":2}}') }],
      },
    ]);
    const [got] = await store.get([key('a')]);
    expect(JSON.stringify(got?.fields)).toBe('{"__proto__":{"polluted":2},"constructor":"c","toString":[1]}');
    expect(Object.getPrototypeOf(got?.fields)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('an expectation on a field that only Object has sees it absent', async () => {
    const store = await open();
    await put(store, key('a'), { size: 1 });
    const [outcome] = await store.commit([
      { expect: [{ kind: 'fields', key: key('a'), fields: { constructor: null } }], writes: [] },
    ]);
    expect(outcome).toEqual({ result: 'committed', version: 0 });
  });
});

test('the only document of its kind is found when its place among them has changed', async () => {
  const store = await open();
  await put(store, key('a'), { kind: 'x', size: 1 });
  await put(store, key('a'), { kind: 'x', size: 2 });
  await store.commit([{ expect: [], writes: [{ kind: 'patch', key: key('a'), fields: { size: 3 } }] }]);
  const found = await store.find({ collection: 'things', index: 'by-kind', equals: ['x'], limit: 9 });
  expect(found.documents.map(({ fields }) => fields)).toEqual([{ kind: 'x', size: 3 }]);
  expect((await store.find(bySize)).documents).toHaveLength(1);
});

describe('a wrong call', () => {
  test('in the last transaction of a batch keeps the first from happening', async () => {
    const store = await open();
    const batch = [
      { expect: [], writes: [{ kind: 'put' as const, key: key('a'), fields: {} }] },
      {
        expect: [],
        writes: [{ kind: 'put' as const, key: key('b'), fields: { when: new Date() as unknown as string } }],
      },
    ];
    await expect(store.commit(batch)).rejects.toThrow(PayloadError);
    expect(await store.get([key('a'), key('b')])).toEqual([undefined, undefined]);
  });

  test.each([
    ['NaN', Number.NaN],
    ['a bigint', 1n],
    ['a map', new Map()],
    ['a function', () => 1],
  ])('%s is not JSON', async (_, value) => {
    const store = await open();
    await expect(put(store, key('a'), { list: [value as unknown as string] })).rejects.toThrow(PayloadError);
  });
});

describe('an index', () => {
  test('orders numbers before strings and strings by code point', async () => {
    const store = await open();
    const values: IndexValue[] = ['\u{1f600}', '\uff00', 'z', '', 10, -3, 9.5, '10'];
    for (const [i, size] of values.entries()) await put(store, key(`${i}`), { size });
    const { documents } = await store.find(bySize);
    expect(documents.map(({ fields }) => fields['size'])).toEqual([
      -3,
      9.5,
      10,
      '',
      '10',
      'z',
      '\uff00',
      '\u{1f600}',
    ]);
  });

  test('pages backwards while documents of the page vanish', async () => {
    const store = await open();
    for (let i = 0; i < 10; i++) await put(store, key(`${i}`), { size: i % 3 });
    const forward = (await store.find(bySize)).documents.map((document) => document.key.id);
    const first = await store.find({ ...bySize, order: 'desc', limit: 4 });
    const writes = first.documents.map((document) => ({ kind: 'delete' as const, key: document.key }));
    await store.commit([{ expect: [], writes }]);
    const { next: after = '' } = first;
    const rest = await store.find({ ...bySize, order: 'desc', after });
    expect([...first.documents, ...rest.documents].map((document) => document.key.id)).toEqual(
      forward.reverse(),
    );
    expect(rest.next).toBeUndefined();
  });

  test('counts all matches of a range, whatever the page', async () => {
    const store = await open();
    for (let i = 0; i < 300; i++) await put(store, key(`${i}`), { size: i });
    const range = { min: 10, max: 109 };
    expect((await store.find({ ...bySize, range, limit: 1, total: true })).total).toBe(100);
    expect((await store.find({ ...bySize, limit: 0, total: true })).total).toBe(300);
    expect((await store.find({ ...bySize, range: { min: 'a' }, total: true })).total).toBe(0);
    expect((await store.find({ ...bySize, range: { min: 20, max: 10 }, total: true })).total).toBe(0);
  });

  test('declared late covers what is there', async () => {
    const store = await open();
    await put(store, key('a'), { colour: 'red' });
    await store.prepare([{ name: 'things', indexes: [{ name: 'by-colour', fields: ['colour'] }] }]);
    expect((await store.find({ ...bySize, index: 'by-colour' })).documents).toHaveLength(1);
  });

  test('is not silently given other fields', async () => {
    const store = await open();
    const changed = { name: 'things', indexes: [{ name: 'by-size', fields: ['weight'] as const }] };
    await expect(store.prepare([changed])).rejects.toThrow(PayloadError);
  });
});

describe('two clients of one backend', () => {
  test('see the same documents, and closing one leaves the other open', async () => {
    const backend = new MemoryStoreBackend();
    const [one, other] = [new MemoryStore(backend), new MemoryStore(backend)];
    await one.prepare([{ name: 'things' }]);
    await put(one, key('a'), { size: 1 });
    await one.close();
    expect((await other.get([key('a')]))[0]?.fields).toEqual({ size: 1 });
    await expect(one.get([key('a')])).rejects.toThrow(ClosedError);
  });
});
