import type { CommitOutcome } from '@waybill/core';
import type { Reply } from '@waybill/redis';
import type { Catalog } from './catalog.ts';
import type { CommitRequest } from './commit-request.ts';
import { type DocumentsReply, rawDocuments } from './documents-reply.ts';
import { storedOf } from './stored.ts';

/** What `store.commit` answers: for each transaction its version or -n, and the documents read back by all. */
type CommitReply = readonly [readonly number[], DocumentsReply?];

export const outcomesOf = (
  catalog: Catalog,
  { subjects, reads }: CommitRequest,
  reply: Reply,
): CommitOutcome[] => {
  const [answers, read] = reply as unknown as CommitReply; // by the script
  const documents = read === undefined ? [] : rawDocuments(read);
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
