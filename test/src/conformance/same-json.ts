import assert from 'node:assert/strict';

/** Objects by a list of their own fields, in the order of their names. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
  return { fields };
};

/** Asserts that JSON came back as it went in. `deepEqual` would take an own `__proto__` for a prototype. */
export const assertSame = (actual: unknown, expected: unknown): void =>
  assert.equal(JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected)));
