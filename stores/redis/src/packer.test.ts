import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toText } from './json-text.ts';
import { Packer } from './packer.ts';
import { Reader } from '@waybill/redis';

const unpacked = (packer: Packer): string => {
  const packed = packer.view();
  const reader = new Reader(packed);
  const length = reader.textLength();
  assert.equal(reader.at + length, packed.length);
  return packed.toString('utf8', reader.at);
};

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
);

test('a text is packed as it is, with its length in bytes', () => {
  fc.assert(
    fc.property(text, (value) => {
      const packer = new Packer(1);
      assert.equal(packer.text(value), Buffer.byteLength(value));
      assert.equal(unpacked(packer), value);
      assert.equal(packer.elements, 1);
    }),
    { numRuns: 2_000 },
  );
});

test('a value is packed as its JSON text, however that is made', () => {
  const value = fc.oneof(
    text,
    fc.maxSafeNat(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 2 ** 53 - 1, 2 ** 53, 5e14 + 1.7e12),
    fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as never),
  );
  fc.assert(
    fc.property(value, (json) => {
      const packer = new Packer(1);
      assert.equal(packer.json(json), Buffer.byteLength(toText(json)));
      assert.equal(unpacked(packer), toText(json));
      assert.equal(packer.elements, 1);
    }),
    { numRuns: 5_000 },
  );
});

test('what JSON cannot carry is refused, and text that is no text', () => {
  for (const value of ['\ud800', `${'a'.repeat(300)}\udfff`, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => new Packer().json(value), { code: 'WB_PAYLOAD' });
});

test('a text that is written piece by piece counts as one element', () => {
  const packer = new Packer();
  packer.int(1);
  const opened = packer.openText();
  packer.json('a');
  packer.boolean(false);
  packer.closeText(opened);
  assert.equal(packer.elements, 2);
  const reader = new Reader(packer.view());
  assert.equal(reader.int(), 1);
  assert.equal(reader.textLength(), '\u00a3"a"'.length + 1);
});
