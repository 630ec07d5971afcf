import type { CommitOutcome } from '@waybill/core';
import { Reader } from '@waybill/redis';
import type { Catalog } from './catalog.ts';
import type { CommitRequest } from './commit-request.ts';
import { type PackedReply, rawDocuments, readAll, readDocuments } from './documents-reply.ts';
import { storedOf } from './stored.ts';

/** `reply`: of `store.commit`. For each transaction its version or -n, then what was read back by all. */
export const outcomesOf = (
  catalog: Catalog,
  { subjects, reads }: CommitRequest,
  reply: PackedReply,
): CommitOutcome[] => {
  const reader = new Reader(reply[0]);
  reader.array(); // of these two
  const answers = readAll(reader, () => reader.int());
  const documents = rawDocuments(readDocuments(reader, reply));
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
