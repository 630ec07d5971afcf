import { expect, test } from 'vitest';
import { hideSecrets, redactedValue } from './redact.ts';
import { env, secret } from './references.ts';

test.each([
  ['redis://me:hunter2@cache:6379/0', '"redis://***@cache:6379/0"'],
  ['amqp://me:p@ss@rabbit', '"amqp://***@rabbit"'],
  ['mongodb://a:hunter2@one,two/db', '"mongodb://***@one,two/db"'],
  ['https://host/x?apiToken=hunter2&y=1', '"https://host/x?apiToken=***&y=1"'],
  ['postgres://host/db?password=hunter2', '"postgres://host/db?password=***"'],
  ['just text', '"just text"'],
])('%s is shown without its password', (url, shown) => {
  expect(redactedValue(['store', 'url'], url)).toBe(shown);
});

test.each(['password', 'sslPassphrase', 'apiKey', 'accessToken', 'clientSecret'])(
  '%s is never shown',
  (key) => {
    expect(redactedValue(['store', key], 'hunter2')).toBe('***');
    expect(redactedValue(['store', key, 'nested'], 'hunter2')).toBe('***');
  },
);

test('references are shown by their names', () => {
  expect(redactedValue(['store', 'url'], secret('MONGODB_URL'))).toBe('secret MONGODB_URL');
  expect(redactedValue(['store', 'url'], secret.file('/run/x'))).toBe('secret file /run/x');
  expect(redactedValue(['store', 'url'], env('URL'))).toBe('env URL');
});

test('lists are shown item by item', () => {
  expect(redactedValue(['plugins'], ['a', 'redis://me:x@h', secret('S'), [1], {}])).toBe(
    '["a", "redis://***@h", secret S, a list, an object]',
  );
  expect(redactedValue(['plugins'], Array(1_000).fill(1))).toBe('[1, 1, 1, 1, 1, 1, 1, 1, …]');
});

test('terminal escapes and long text do not reach the terminal', () => {
  const shown = redactedValue(['plugins'], `\u001b[2J${'x'.repeat(10_000)}`);
  expect(shown).not.toContain('\u001b');
  expect(shown.length).toBeLessThan(120);
});

test('a secret is hidden in whatever form it got into a text', () => {
  const value = 'p@ss "w"/ö';
  const text = [
    value,
    encodeURIComponent(value),
    JSON.stringify(value),
    Buffer.from(value).toString('base64'),
  ].join(' | ');
  expect(hideSecrets(text, [value])).toBe('*** | *** | "***" | ***');
});
