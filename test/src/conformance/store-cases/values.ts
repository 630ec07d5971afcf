import assert from 'node:assert/strict';
import type { Fields, Json, JsonObject } from '@waybill/core';
import { assertSame } from '../same-json.ts';
import { attempt, fieldsOf, found, having, key, commits, patch, put, stocked, write } from './documents.ts';
import type { StoreCase } from './store-case.ts';

const nested = (depth: number): Json =>
  depth === 0 ? 'deepest' : depth % 2 === 0 ? [nested(depth - 1)] : { in: nested(depth - 1) };

/** An own field of that name, which a literal would not make. */
const withOwnProto = (value: Json): JsonObject => JSON.parse(`{"__proto__":${JSON.stringify(value)}}`);

const roundTrip = (id: string, promise: string, fields: Fields): StoreCase => ({
  id,
  promise,
  async check(world) {
    const store = await stocked(world);
    await write(store, put(key('put'), fields), put(key('patched'), { before: 1 }));
    await write(store, patch(key('patched'), fields));
    assertSame(await fieldsOf(store, key('put')), fields);
    assertSame(await fieldsOf(store, key('patched')), { before: 1, ...fields });
    const outcome = await attempt(store, { writes: [put(key('read'), fields)], reads: [key('read')] });
    assert.ok(outcome.result === 'committed');
    assertSame(outcome.documents?.[0]?.fields, fields);
  },
});

/** What a document holds comes back as it was. */
export const valueCases: readonly StoreCase[] = [
  roundTrip('STORE-062', 'objects and arrays come back whole: empty, mixed, nested', {
    object: {},
    array: [],
    both: [{}, [], [[]], { a: [] }, null],
    mixed: [1, 'one', true, false, null, { deep: [{ deeper: null }] }],
    nested: nested(60),
    one: [1],
    keys: { 1: 'one', 2: 'two', '': 'empty', ' ': 'space' },
  }),
  roundTrip('STORE-063', 'numbers come back exactly', {
    zero: 0,
    whole: Number.MAX_SAFE_INTEGER,
    negative: Number.MIN_SAFE_INTEGER,
    beyond: 2 ** 53 + 2,
    huge: 1e308,
    largest: Number.MAX_VALUE,
    smallest: Number.MIN_VALUE,
    tenth: 0.1,
    sum: 0.1 + 0.2,
    long: 123456789.12345679,
    exponent: 1e21,
    int32: 2 ** 31,
    uint32: 2 ** 32,
    int64: 2 ** 63,
  }),
  roundTrip('STORE-064', 'text comes back exactly, whatever characters it has', {
    empty: '',
    lines: 'a\nb\r\nc\u2028d\u2029e',
    nul: 'before\0after\0',
    quotes: `'"\`\\`,
    forms: ['caf\u00e9', 'cafe\u0301'],
    spaces: '  around  ',
    astral: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    control: Array.from({ length: 32 }, (_, n) => String.fromCharCode(n)).join(''),
    edges: '\ud7ff\ue000\ufffd\uffff\u{10000}\u{10ffff}',
    rightToLeft: '\u0634\u0643\u0631\u0627 \u202e',
  }),
  roundTrip('STORE-065', 'text that looks like something else stays text', {
    number: '1',
    exponent: '1e5',
    negative: '-0',
    yes: 'true',
    no: 'false',
    nothing: 'null',
    missing: 'undefined',
    nan: 'NaN',
    object: '{"a":1}',
    array: '[1,2]',
    quoted: '"quoted"',
    date: '2026-01-01T00:00:00.000Z',
    objectId: '507f1f77bcf86cd799439011',
    empty: '{}',
  }),
  roundTrip('STORE-066', 'fields may have any name', {
    $where: '1',
    $set: { $inc: 1 },
    'dotted.name': { 'more.dots': 1 },
    'a.0': [1],
    '': 'empty',
    ' ': 'space',
    _id: 'mine',
    id: 'mine',
    key: 'mine',
    version: 'mine',
    tenant: 'mine',
    fields: 'mine',
    rank: 'mine',
    "it's": 1,
    '"quoted"': 1,
    'back\\slash': 1,
    'a\u00e9': 1,
    'a\u0065\u0301': 2,
    '\u{1f600}': 1,
    '[0]': 1,
    '#': 1,
    length: 1,
    toJSON: 'text',
  }),
  {
    id: 'STORE-067',
    promise: '`__proto__` and `constructor` are plain fields and reach no prototype',
    async check(world) {
      const store = await stocked(world);
      const fields = {
        ...JSON.parse('{"constructor":{"prototype":{"polluted":1}},"nested":{"__proto__":{"polluted":1}}}'),
        list: [withOwnProto({ polluted: true })],
      } as Fields; // of JSON.parse, so JSON
      await write(store, put(key('a'), fields));
      await write(store, patch(key('a'), { more: withOwnProto(1) }));
      assertSame(await fieldsOf(store, key('a')), { ...fields, more: withOwnProto(1) });
      await write(store, put(key('b'), withOwnProto({ polluted: 1 })));
      await write(store, put(key('c'), {}), patch(key('b'), withOwnProto('patched')));
      const stored = await found(store, key('b'));
      assertSame(stored.fields, withOwnProto('patched'));
      assert.equal(Reflect.get(stored.fields, 'polluted'), undefined);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
      assertSame(await fieldsOf(store, key('c')), {});
      await write(store, patch(key('c'), withOwnProto({ polluted: 1 })));
      assertSame(await fieldsOf(store, key('c')), withOwnProto({ polluted: 1 }));
    },
  },
  {
    id: 'STORE-068',
    promise: 'minus zero comes back as a zero and is one in expectations',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: -0 }));
      assert.ok((await fieldsOf(store, key('a')))?.n === 0);
      await commits(store, { expect: [having(key('a'), { n: 0 })] });
      await commits(store, { expect: [having(key('a'), { n: -0 })] });
    },
  },
  {
    id: 'STORE-069',
    promise: 'a field that is undefined is absent, at any depth',
    async check(world) {
      const store = await stocked(world);
      await write(
        store,
        put(key('a'), { kept: 1, gone: undefined, deep: { gone: undefined, kept: [{ gone: undefined }] } }),
      );
      const { fields } = await found(store, key('a'));
      assert.deepEqual(fields, { kept: 1, deep: { kept: [{}] } });
      assert.deepEqual(Object.keys(fields).sort(), ['deep', 'kept']);
    },
  },
  {
    id: 'STORE-070',
    promise: 'a document of 256 KiB comes back whole, and so do many fields',
    async check(world) {
      const store = await stocked(world, { name: 'large', apart: ['input'] });
      const text = '\u00e4b\u{1f600}"\n'.repeat(262_144 / 8);
      const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`field-${n}`, n]));
      const at = key('a', 'acme', 'large');
      await write(store, put(at, { input: text, n: 1 }), put(key('many'), many));
      await write(store, patch(at, { n: 2 }));
      const stored = await found(store, at);
      assert.equal(stored.fields.n, 2);
      assert.ok(stored.fields.input === text, 'the text changed');
      assert.deepEqual(await fieldsOf(store, key('many')), many);
    },
  },
  {
    id: 'STORE-071',
    promise: 'what a caller does to its objects after a commit or a read changes nothing stored',
    async check(world) {
      const store = await stocked(world);
      const mine = { list: [1], object: { n: 1 } };
      const change = (value: object): boolean =>
        Reflect.set(value, 'n', 'changed') || Reflect.set(value, 0, 'changed');
      await write(store, put(key('a'), mine));
      mine.list.push(2);
      change(mine.object);
      const first = await found(store, key('a'));
      assert.deepEqual(first.fields, { list: [1], object: { n: 1 } });
      for (const part of [first.fields, first.fields.list, first.fields.object, first.key])
        if (typeof part === 'object' && part !== null) change(part);
      assert.deepEqual(await found(store, key('a')), {
        ...first,
        key: key('a'),
        fields: { list: [1], object: { n: 1 } },
      });
    },
  },
  {
    id: 'STORE-072',
    promise: 'fields that are kept apart behave like all others',
    async check(world) {
      const store = await stocked(world, { name: 'parts', apart: ['input', 'progress'] });
      const at = key('a', 'acme', 'parts');
      await write(store, put(at, { input: { large: true }, progress: 1, n: 1 }));
      await write(store, patch(at, { progress: { done: 2 } }));
      assert.deepEqual(await fieldsOf(store, at), { input: { large: true }, progress: { done: 2 }, n: 1 });
      await write(store, patch(at, { input: undefined, n: 2 }));
      assert.deepEqual(await fieldsOf(store, at), { progress: { done: 2 }, n: 2 });
      await write(store, put(at, { n: 3 }));
      assert.deepEqual(await fieldsOf(store, at), { n: 3 });
      await commits(store, {
        expect: [having(at, { progress: null, n: 3 })],
        writes: [patch(at, { progress: 'text' })],
      });
      await commits(store, {
        expect: [having(at, { progress: 'text' })],
        writes: [{ kind: 'delete', key: at }],
      });
      await write(store, put(at, { n: 4 }));
      assert.deepEqual(await fieldsOf(store, at), { n: 4 });
    },
  },
];
