import { PayloadError } from '../errors.ts';
import type { Key, Transaction, Write } from '../store.ts';
import { checkKey } from './check-key.ts';
import { keyName } from './key-name.ts';
import { sameKey } from './same-key.ts';

/**
 * Throws a `PayloadError` for a transaction whose keys no store could use. Whether its collections are declared, its
 * queries are served and its fields are JSON is checked where they are used.
 */
export const checkTransaction = ({ expect, writes, reads }: Transaction): void => {
  for (const expectation of expect) if (expectation.kind !== 'range') checkKey(expectation.key);
  for (const { key } of writes) checkKey(key);
  const [first] = writes;
  if (writes.length > 1) checkTogether(writes, reads);
  else if (reads !== undefined)
    for (const key of reads) if (first === undefined || !sameKey(first.key, key)) throw readsTooMuch();
};

const checkTogether = (writes: readonly Write[], reads: readonly Key[] = []): void => {
  const written = new Set(writes.map(({ key }) => keyName(key)));
  if (written.size < writes.length)
    throw new PayloadError('a transaction writes a document twice', { fix: 'merge the two writes' });
  for (const key of reads) if (!written.has(keyName(key))) throw readsTooMuch();
};

const readsTooMuch = (): PayloadError =>
  new PayloadError('a transaction reads back a document that it does not write', { fix: 'use get()' });
