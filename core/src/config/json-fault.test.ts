import { array, assert, constantFrom, json, nat, oneof, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

it.each([
  ['{"a": hunter2}', 6],
  ['{"a": "x" "b": 1}', 10],
  ['{"a": 1,}', 8],
  ["{'a': 1}", 1],
  ['{"a": [1, 2}', 11],
  ['{"a": 01}', 6],
  ['[1 2]', 3],
  ['', 0],
  ['  {"a":', 7],
  ['"open', 0],
  ['"a\nb"', 0],
  ['{} x', 3],
  ['nul', 0],
  ['truefalse', 0],
  ['1.', 0],
  ['-', 0],
  ['{"a" 1}', 5],
  [']', 0],
  ['// no', 0],
  ['\u00a0{}', 0],
  ['{}\u00a0', 2],
])('%j stops being JSON at %i', (text, place) => {
  expect(jsonFault(text)).toBe(place);
});

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

it('agrees with the parser on what is JSON', () => {
  const pieces = constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '\\u00e9', '1', '-', '.5', '0', 'e3', 'true'],
    ...['null', ' ', '\n', '\t', '\u0001', '\ud800', 'x'],
  );
  const broken = tuple(json(), nat(), nat(3), pieces).map(([text, at, cut, piece]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + piece + text.slice(place + cut);
  });
  const any = oneof(
    json(),
    broken,
    array(pieces).map((parts) => parts.join('')),
  );
  assert(
    property(any, (text) => (jsonFault(text) === undefined) === isJson(text)),
    { numRuns: 3_000 },
  );
});
