import type { CommitOutcome } from '@waybill/core';
import { Reader } from '@waybill/redis';
import type { Catalog } from './catalog.ts';
import type { CommitRequest } from './commit-request.ts';
import { rawDocuments, readAll, readDocuments } from './documents-reply.ts';
import { storedOf } from './stored.ts';

/** `reply`: of `store.commit`. For each transaction its version or -n, then what was read back by all, if anything. */
export const outcomesOf = (
  catalog: Catalog,
  { subjects, reads }: CommitRequest,
  reply: Buffer,
): CommitOutcome[] => {
  const reader = new Reader(reply);
  const isAll = reader.array() === 1;
  const answers = readAll(reader, () => reader.int());
  const documents = isAll ? [] : rawDocuments(readDocuments(reader));
  let next = 0;
  return answers.map((answer, i): CommitOutcome => {
    if (answer < 0) {
      const key = subjects[i]?.[-answer - 1];
      return key === undefined ? { result: 'conflict' } : { result: 'conflict', key };
    }
    const asked = reads[i];
    if (asked === undefined) return { result: 'committed', version: answer };
    const stored = asked.map((key) => storedOf(catalog, key, documents[next++]));
    return { result: 'committed', version: answer, documents: stored };
  });
};
