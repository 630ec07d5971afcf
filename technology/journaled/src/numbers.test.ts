import { InDoubtError } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { MemoryDocumentsBackend } from './memory-documents-backend.ts';
import { NumberBlocks } from './numbers.ts';
import { StagedDocuments } from './staged-documents.fixture.ts';

const perBlock = 2 ** 18;

describe('numbers of transactions', () => {
  it('are never given out twice, by any number of clients', async () => {
    const backend = new MemoryDocumentsBackend();
    const clients = Array.from({ length: 8 }, () => new NumberBlocks(new StagedDocuments(backend)));
    const taken = (await Promise.all([...clients, ...clients].map((client) => client.take(1_000)))).flat();

    expect(new Set(taken).size).toBe(16_000);
    for (const number of taken) expect(Number.isSafeInteger(number) && number > 0).toBe(true);
  });

  it('go on where a block ends', async () => {
    const documents = new StagedDocuments(new MemoryDocumentsBackend());
    const numbers = await new NumberBlocks(documents).take(perBlock + 2);

    expect(new Set(numbers).size).toBe(perBlock + 2);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('are not taken from a block in doubt: the same write may have been done by another client', async () => {
    const backend = new MemoryDocumentsBackend();
    const [unsure, other] = [new StagedDocuments(backend), new StagedDocuments(backend)];
    const theirs: number[] = [];
    unsure.stage = {
      // Nothing arrives; another client takes the very block meanwhile.
      beforeWrite: async () => {
        unsure.stage = {};
        theirs.push(...(await new NumberBlocks(other).take(10)));
        throw new InDoubtError('no answer');
      },
    };
    const ours = await new NumberBlocks(unsure).take(10);

    expect(theirs).toHaveLength(10);
    expect(ours.filter((number) => theirs.includes(number))).toEqual([]);
  });
});
