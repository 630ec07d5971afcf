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
  for (const { key } of writes) checkKey(key);
  let i = 0;
  for (const expectation of expect) {
    // Often the very key of the write: it has been checked.
    if (expectation.kind !== 'range' && expectation.key !== writes[i]?.key) checkKey(expectation.key);
    i++;
  }
  const [first] = writes;
  if (writes.length > 1) checkTogether(writes, reads);
  else if (reads !== undefined)
    for (const key of reads) if (first === undefined || !sameKey(first.key, key)) throw readsTooMuch();
};

const checkTogether = (writes: readonly Write[], reads: readonly Key[] = []): void => {
  const isWritten = writes.length <= few ? among(writes) : amongMany(writes);
  for (const key of reads) if (!isWritten(key)) throw readsTooMuch();
};

/** Up to here comparing each with each is quicker than naming them. */
const few = 6;

const among = (writes: readonly Write[]): ((key: Key) => boolean) => {
  for (let i = 1; i < writes.length; i++)
    for (let j = 0; j < i; j++) {
      const [one, other] = [writes[i], writes[j]];
      if (one !== undefined && other !== undefined && sameKey(one.key, other.key)) throw writtenTwice();
    }
  return (key) => writes.some((write) => sameKey(write.key, key));
};

const amongMany = (writes: readonly Write[]): ((key: Key) => boolean) => {
  const byId = new Map(writes.map(({ key }) => [key.id, key]));
  if (byId.size === writes.length)
    return (key) => {
      const written = byId.get(key.id);
      return written !== undefined && sameKey(written, key);
    };
  const names = new Set(writes.map(({ key }) => keyName(key)));
  if (names.size < writes.length) throw writtenTwice();
  return (key) => names.has(keyName(key));
};

const writtenTwice = (): PayloadError =>
  new PayloadError('a transaction writes a document twice', { fix: 'merge the two writes' });

const readsTooMuch = (): PayloadError =>
  new PayloadError('a transaction reads back a document that it does not write', { fix: 'use get()' });
