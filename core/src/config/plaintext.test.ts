import { expect, test } from 'vitest';
import { findPlaintext } from './plaintext.ts';

test.each([
  { url: 'redis://cache:6379' },
  { url: 'amqp://me:x@10.0.0.1' },
  { url: 'postgres://db/x?sslmode=prefer' },
  { url: 'mongodb://localhost,remote/db' },
  { url: 'http://localhost@remote/' },
  { url: 'redis://localhost.evil.example' },
  { urls: ['rediss://a', 'redis://b'] },
  { url: 'redis://remote', tls: false },
])('%j would talk in plain text', (options) => {
  expect(findPlaintext(options)).toHaveLength(1);
});

test.each([
  { url: 'redis://localhost:6379' },
  { url: 'redis://127.0.0.1' },
  { url: 'redis://[::1]:6379' },
  { url: 'rediss://cache' },
  { url: 'mongodb+srv://cluster/db' },
  { url: 'mongodb://a,b/db?tls=true' },
  { url: 'postgres://db/x?sslmode=verify-full' },
  { url: 'postgres:///db' },
  { url: 'redis://remote', tls: { ca: 'x' } },
  { file: './waybill.db' },
  { file: 'file:///tmp/waybill.db' },
])('%j is fine', (options) => {
  expect(findPlaintext(options)).toEqual([]);
});
