import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { PayloadError } from '../errors.ts';
import { cursorBehind, readCursor } from './cursor.ts';

it('names a place that comes back as it was', () => {
  for (const value of ['', 'text \u{1f600}', -1.5, 0]) {
    const place = { value, tenant: 'acme', id: 'caf\u00e9' };
    expect(readCursor(cursorBehind(place, undefined))).toEqual(place);
  }
});

it('stays where it is behind a page without documents', () => {
  expect(cursorBehind(undefined, 'here')).toBe('here');
  expect(readCursor(cursorBehind(undefined, undefined))).toBeUndefined();
  expect(readCursor(undefined)).toBeUndefined();
});

it('is refused if no store made it', () => {
  const made = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const wrong = ['', 'nonsense', '\u{1f600}', made({}), made([1, 't']), made([null, 't', 'i'])];
  for (const after of [...wrong, made([1, 't', 'a\0b']), made(['\ud800', 't', 'i'])])
    assert.throws(() => readCursor(after), PayloadError, after);
});
