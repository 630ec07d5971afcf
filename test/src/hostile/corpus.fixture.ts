/**
 * Text that has broken software before: names of prototypes, operators of databases, separators, globs, control
 * characters, what turns the direction of text, injections, addresses, numbers and dates out of range.
 */
export const hostileTexts: readonly [string, ...string[]] = [
  '',
  ...[
    ' ',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toJSON',
    'then',
  ],
  ...[
    '$where',
    '$gt',
    '{"$gt":""}',
    'a.b',
    '.',
    '..',
    '../../etc/passwd',
    '{}',
    '{{7*7}}',
    '${7*7}',
    '<%= 7*7 %>',
  ],
  ...[
    '*',
    '?',
    '#',
    '>',
    'a:b',
    'a/b',
    String.raw`a\b`,
    '%',
    '%s',
    '_',
    "'; DROP TABLE tasks; --",
    '" OR 1=1',
    ':memory:',
  ],
  ...[
    '\0',
    'a\0b',
    '\ud800',
    '\udfff',
    'a\ud83d',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\u202Eevil',
    '\u200b',
    '\u{e0041}',
  ],
  ...['\r\nSet-Cookie: a=b', '\n', '\t', '\b', '\u001b[2J', '\u001b]0;title\u0007', '\u009b31m', '\u007f'],
  ...[
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    'é',
    'e\u0301',
    'Å',
    '\u212b',
    'ﬁ',
    'ı',
    'İ',
    'ß',
    '👩‍👩‍👧‍👦',
  ],
  ...[
    'http://127.0.0.1',
    'http://[::ffff:127.0.0.1]',
    'http://169.254.169.254/',
    'http://0x7f000001',
    'file:///etc/passwd',
  ],
  ...[
    'NaN',
    'Infinity',
    '-0',
    '1e999',
    '9007199254740993',
    '0x10',
    '1_000',
    'null',
    'undefined',
    'true',
    '[object Object]',
  ],
  ...['* * * * * *', '0 0 30 2 *', 'Mars/Olympus', '275760-09-13T00:00:00.001Z', '0000-00-00', '2026-02-30'],
  ...[
    'default',
    'waybill.tasks',
    'waybill',
    'x'.repeat(127),
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(513),
  ],
];

export const hostileNumbers: readonly [number, ...number[]] = [
  ...([0, -0, 1, -1, 0.1, -0.1, 0.1 + 0.2, 1e21, 1e-7, 5e-324, 1.7976931348623157e308] as const),
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.EPSILON],
  ...[2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 8.64e15, 8.64e15 + 1],
];

const circle = (): unknown => {
  const ring: { self?: unknown } = {};
  ring.self = [ring];
  return ring;
};

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let n = 0; n < depth; n++) value = wrap(value);
  return value;
};

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

class Account {
  readonly id = 1;
}

/** What a program can pass and JSON cannot carry, or not unchanged, or not within any limit; made anew each time. */
export const unfit: Readonly<Record<string, (canary: string) => unknown>> = {
  'a bigint': () => 10n,
  'a symbol': (canary) => Symbol(canary),
  'a function': () => () => 1,
  'a date': () => new Date(0),
  'an invalid date': () => new Date(Number.NaN),
  'a map': (canary) => new Map([[canary, canary]]),
  'a set': (canary) => new Set([canary]),
  'a regular expression': (canary) => new RegExp(canary),
  'an error': (canary) => new Error(canary),
  'a promise': () => Promise.resolve(1),
  'an instance': () => new Account(),
  'a boxed string': (canary) => Object(canary),
  'a boxed number': () => Object(1),
  bytes: () => new Uint8Array([1, 2]),
  'a typed array': () => new Float64Array([Number.NaN]),
  'a url': () => new URL('http://127.0.0.1'),
  'a circle': circle,
  'a list with a hole': () => {
    const list: unknown[] = [1, 2];
    delete list[0];
    return list;
  },
  'a list of undefined': () => [undefined],
  'a list with a toJSON': (canary) => Object.defineProperty([1], 'toJSON', { value: () => canary }),
  'an object with a hidden toJSON': (canary) =>
    Object.defineProperty({ a: 1 }, 'toJSON', { value: () => canary }),
  'an object with a toJSON': (canary) => ({ toJSON: () => canary }),
  'an object that inherits': () => Object.create({ inherited: 1 }) as unknown,
  'an object with a nameless parent': () => Object.create(Object.create(null) as object) as unknown,
  'an object with a false constructor': (canary) =>
    Object.assign(Object.create({ inherited: 1 }) as object, { constructor: { name: canary } }),
  'a getter that throws': (canary) => ({
    get bad(): never {
      throw new Error(canary);
    },
  }),
  'a revoked proxy': revoked,
  'a proxy that throws': (canary) =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(canary);
        },
      },
    ),
  'an own __proto__': (canary) => JSON.parse(`{"__proto__":{"polluted":"${canary}"}}`) as unknown,
  'a nested __proto__': (canary) => JSON.parse(`{"a":[{"__proto__":{"polluted":"${canary}"}}]}`) as unknown,
  'an own constructor': (canary) => ({ constructor: { prototype: { polluted: canary } } }),
  'lists, 10,000 deep': () => nested(10_000, (inner) => [inner]),
  'objects, 10,000 deep': () => nested(10_000, (inner) => ({ a: inner })),
  'text of 10 MB': (canary) => canary.padEnd(10_000_000, 'x'),
  'text of 10 MB with a lone surrogate': (canary) => `${canary.padEnd(10_000_000, 'x')}\ud800`,
  'a key of 1 MB': (canary) => ({ [`${'k'.repeat(1_000_000)}`]: canary }),
  '100,000 keys': () => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
  '100,000 items': () => Array.from({ length: 100_000 }, () => 0),
};
