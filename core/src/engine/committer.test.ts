import { describe, expect, it } from 'vitest';
import { ConnectionError, InDoubtError, PayloadError } from '../errors.ts';
import type { CommitOutcome, DocumentStore } from '../store.ts';
import { systemRuntime } from '../system-runtime.ts';
import { Committer } from './committer.ts';

const key = { collection: 'things', tenant: 'default', id: '1' };
const transaction = { expect: [], writes: [] };
const proof = { key, fields: { nonce: 'mine' } };

/** A store that answers one try after the other. */
const storeOf = (...answers: (CommitOutcome | Error)[]): DocumentStore => {
  const commit = async (): Promise<readonly CommitOutcome[]> => {
    const answer = answers.shift() ?? new ConnectionError('nobody there');
    if (answer instanceof Error) throw answer;
    return [answer];
  };
  const get = async () => [{ key, version: 1, fields: { nonce: 'mine' } }];
  return { commit, get } as unknown as DocumentStore; // all that a Committer uses
};

describe('a committer', () => {
  it('takes a conflict after a doubt for its own success, if the proof says so', async () => {
    const store = storeOf(new InDoubtError('?'), { result: 'conflict' });
    const committer = new Committer(store, systemRuntime());

    expect(await committer.commit(transaction, { proof })).toMatchObject({ result: 'committed' });
  });

  it('tells of a doubt even if the last try met something harmless', async () => {
    const store = storeOf(new InDoubtError('it may have happened'), new ConnectionError('this one did not'));
    const runtime = systemRuntime();
    const committer = new Committer(store, runtime);

    const committing = committer.commit(transaction, { proof, until: runtime.monotonic() + 30 });

    await expect(committing).rejects.toMatchObject({ code: 'WB_IN_DOUBT' });
  });

  it('lets a transaction that the store refuses fail alone, not those that were sent with it', async () => {
    const sent: number[] = [];
    const commit = async (batch: readonly (typeof transaction & { wrong?: boolean })[]) => {
      sent.push(batch.length);
      if (batch.some(({ wrong }) => wrong)) throw new PayloadError('it holds half a character');
      return batch.map((): CommitOutcome => ({ result: 'committed', version: 1 }));
    };
    const committer = new Committer({ commit } as unknown as DocumentStore, systemRuntime());
    const wrong = { ...transaction, wrong: true };

    const settled = await Promise.allSettled(
      [transaction, wrong, transaction].map((each) => committer.commit(each, { proof })),
    );

    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { code: 'WB_PAYLOAD' } });
    expect(sent).toEqual([3, 1, 1, 1]);
  });
});
