import { describe, expect, it } from 'vitest';
import { PayloadError } from '../errors.ts';
import type { Json } from '../json.ts';
import { checkJson } from './check-json.ts';
import { copyFields, copyJson, copyPatch } from './copy-json.ts';

const circle: Record<string, unknown> = {};
circle.self = circle;

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

const refused: readonly (readonly [string, unknown])[] = [
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['a hole in an array', Object.assign([1], { 2: 3 })],
  ['undefined in an array', [undefined]],
  ['a lone surrogate', 'cut \ud83d'],
  ['a field named by a lone surrogate', { '\udc00': 1 }],
  ['a circle', circle],
  ['1,002 levels', nested(1_002)],
];

describe('what JSON cannot carry', () => {
  it.each(refused)('is refused: %s', (_, value) => {
    for (const whole of [value, { deep: [value] }]) {
      expect(() => checkJson(whole, 'it')).toThrow(PayloadError);
      expect(() => copyJson(whole as Json, 'it')).toThrow(PayloadError);
    }
    expect(() => copyFields({ value: value as Json }, 'it')).toThrow(/^it /);
    expect(() => copyPatch({ value: value as Json }, 'it')).toThrow(/^it /);
  });
});

describe('what JSON can carry', () => {
  const fields = { text: 'whole \u{1f600}', list: [1, { a: null }], none: {}, no: false };

  it('is copied so that neither side can change the other', () => {
    checkJson(fields, 'it');
    const copy = copyFields(fields, 'it');
    expect(copy).toEqual(fields);
    expect(copy.list).not.toBe(fields.list);
    expect(copy.none).not.toBe(fields.none);
    checkJson(nested(1_000), 'it');
    expect(copyJson(nested(1_000) as Json, 'it')).toEqual(nested(1_000));
  });

  it('is copied with `__proto__` as a field like others', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"in":{"__proto__":{"polluted":1}}}') as {
      readonly in: Json;
    };
    const copy = copyFields(hostile, 'it');
    expect(JSON.stringify(copy)).toBe(JSON.stringify(hostile));
    expect([Reflect.get(copy, 'polluted'), Reflect.get(Object(copy.in), 'polluted')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  it('loses absent fields and minus zero, but not what a patch removes', () => {
    const absent = { a: -0, b: undefined, c: { d: undefined } };
    checkJson(absent, 'it');
    expect(Object.is(copyFields(absent, 'it').a, 0)).toBe(true);
    expect(Object.keys(copyFields(absent, 'it'))).toEqual(['a', 'c']);
    expect(copyPatch(absent, 'it')).toStrictEqual({ a: 0, b: undefined, c: {} });
  });
});
