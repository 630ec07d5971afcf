import { ConnectionError, InDoubtError, type Key } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import {
  type Client,
  Clients,
  commitOne,
  isApplying,
  isDecision,
  key,
  patch,
  put,
  remove,
} from './clients.fixture.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';

const sized = { name: 'waybill.sized', indexes: [{ name: 'by-size', fields: ['size'] as const }] };
const bySize = { collection: 'things', tenant: 'acme', index: 'by-size', equals: [], limit: 100 };

/** A client that dies at the first write of this kind: nothing of it arrives, nor anything later. */
const dieAt = ({ documents }: Client, isLast: (writes: readonly RawWrite[]) => boolean): void => {
  let isDead = false;
  documents.stage = {
    beforeWrite: (writes) => {
      isDead ||= isLast(writes);
      if (isDead) throw new ConnectionError('dead');
    },
  };
};

const idsBySize = async ({ store }: Client): Promise<string[]> =>
  (await store.find(bySize)).documents.map(({ key: { id } }) => id);

const fieldsOf = async ({ store }: Client, ...ids: string[]) =>
  (await store.get(ids.map((id) => key(id)))).map((stored) => stored?.fields);

describe('a transaction whose client dies', () => {
  it('has happened for every reader once it is decided, though nothing is applied', async () => {
    const clients = new Clients();
    const [dying, other] = [await clients.open(), await clients.open()];
    await commitOne(other, { writes: [put('a', { size: 1 }), put('b', { size: 2 })] });
    dieAt(dying, isApplying);
    const writes = [patch('a', { size: 9 }), remove('b'), put('c', { size: 3 })];
    expect((await commitOne(dying, { writes })).result).toBe('committed');

    expect(await idsBySize(other)).toEqual(['c', 'a']);
    expect(await fieldsOf(other, 'a', 'b', 'c')).toEqual([{ size: 9 }, undefined, { size: 3 }]);
  });

  it('is found by queries of core’s own collections as well', async () => {
    const clients = new Clients();
    const [dying, other] = [await clients.open(), await clients.open()];
    await Promise.all([dying, other].map(({ store }) => store.prepare([sized])));
    dieAt(dying, isApplying);
    const write = { kind: 'put', key: key('message', sized.name), fields: { size: 1 } } as const;
    expect((await commitOne(dying, { writes: [put('a', {}), write] })).result).toBe('committed');

    const { documents } = await other.store.find({ ...bySize, collection: sized.name });
    expect(documents.map((document) => document.key.id)).toEqual(['message']);
  });

  it('has not happened for any reader before it is decided, and stands in the way of others for a while', async () => {
    const clients = new Clients();
    const [dying, other] = [await clients.open(), await clients.open()];
    await commitOne(other, { writes: [put('a', { size: 1 }), put('b', { size: 2 })] });
    dieAt(dying, isDecision);
    const writes = [patch('a', { size: 9 }), remove('b')];
    await expect(commitOne(dying, { writes })).rejects.toThrow(ConnectionError);

    expect(await idsBySize(other)).toEqual(['a', 'b']);
    const before = clients.runtime.monotonic();
    expect((await commitOne(other, { writes: [patch('a', { size: 7 }), put('d', {})] })).result).toBe(
      'committed',
    );
    expect(clients.runtime.monotonic() - before).toBeGreaterThan(1_000);
    expect(await fieldsOf(other, 'a', 'b')).toEqual([{ size: 7 }, { size: 2 }]);
  });

  it('leaves nothing behind that a sweep does not clear away', async () => {
    const clients = new Clients();
    const [dying, undecided] = [await clients.open(), await clients.open()];
    await commitOne(dying, { writes: [put('a', { n: 1 }), put('b', { n: 1 }), put('c', { n: 1 })] });
    dieAt(dying, isApplying);
    await commitOne(dying, { writes: [patch('a', { n: 2 }), remove('b')] });
    dieAt(undecided, isDecision);
    await expect(commitOne(undecided, { writes: [put('c', {}), put('d', {})] })).rejects.toThrow(
      ConnectionError,
    );

    const sweeping = await clients.open({ sweepMs: 100, graceMs: 1_000, tombstoneMs: 5_000 });
    while (clients.backend.all('waybill.journal').length > 0 || clients.backend.all('things').length > 3)
      await new Promise(setImmediate);
    await sweeping.store.close();
    expect(
      clients.backend.all('things').map(({ key: { id }, fields, intent }) => [id, fields, intent]),
    ).toEqual([
      ['first', {}, undefined],
      ['a', { n: 2 }, undefined],
      ['c', { n: 1 }, undefined],
    ]);
  });
});

describe('an answer that gets lost', () => {
  it('of the decision is found again in the journal: the transaction commits once', async () => {
    const client = await new Clients().open();
    let losses = 0;
    client.documents.stage = {
      afterWrite: (writes) => {
        if (isDecision(writes) && losses++ < 2) throw new InDoubtError('the reply is lost');
      },
    };
    const outcome = await commitOne(client, { writes: [put('a', { n: 1 }), put('b', { n: 1 })] });

    expect(outcome.result).toBe('committed');
    expect(losses).toBe(3);
    expect(await fieldsOf(client, 'a', 'b')).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('of the decision and of all questions after it leaves a doubt, never a refusal', async () => {
    const client = await new Clients().open();
    client.documents.stage = {
      afterWrite: (writes) => {
        if (isDecision(writes)) throw new InDoubtError('the reply is lost');
      },
    };
    const commit = commitOne(client, { writes: [put('a', { n: 1 }), put('b', { n: 1 })] });

    await expect(commit).rejects.toThrow(InDoubtError);
  });

  it('of the intents only is no doubt: nothing has happened', async () => {
    const client = await new Clients().open();
    client.documents.stage = {
      afterWrite: (writes) => {
        if (writes.some(({ kind }) => kind === 'create')) throw new InDoubtError('the reply is lost');
      },
    };
    const commit = commitOne(client, { writes: [put('a', { n: 1 }), put('b', { n: 1 })] });

    await expect(commit).rejects.toThrow(ConnectionError);
  });

  it('of a transaction of one document is found again in the document', async () => {
    const client = await new Clients().open();
    let losses = 1;
    client.documents.stage = {
      afterWrite: () => {
        if (losses-- > 0) throw new InDoubtError('the reply is lost');
      },
    };
    const write = { kind: 'put', key: key('a', 'waybill.things'), fields: { n: 1 } } as const;

    expect((await commitOne(client, { writes: [write] })).result).toBe('committed');
  });
});

describe('the oldest transaction', () => {
  it('goes first where a younger one holds what it needs', async () => {
    const clients = new Clients();
    const [old, young] = [await clients.open(), await clients.open()];
    await commitOne(old, { writes: [put('a', { by: 'nobody' }), put('b', { by: 'nobody' })] });
    const outcomes: string[] = [];
    let younger: Promise<unknown> | undefined;
    young.documents.stage = {
      // The young one holds both; before it decides, the old one comes and does not wait.
      beforeWrite: async (writes) => {
        if (!isDecision(writes) || outcomes.length > 0) return;
        outcomes.push('young is about to decide');
        await older;
      },
    };
    old.documents.stage = {
      beforeWrite: async () => {
        old.documents.stage = {};
        clients.runtime.timer(1, () => undefined);
        await new Promise(setImmediate);
        younger = commitOne(young, { writes: [put('a', { by: 'young' }), put('b', { by: 'young' })] }).then(
          ({ result }) => outcomes.push(`young ${result}`),
        );
        while (outcomes.length === 0) await new Promise(setImmediate);
      },
    };
    const older = commitOne(old, { writes: [put('b', { by: 'old' }), put('a', { by: 'old' })] }).then(
      ({ result }) => outcomes.push(`old ${result}`),
    );
    await older;
    await younger;

    expect(outcomes).toEqual(['young is about to decide', 'old committed', 'young committed']);
    expect(await fieldsOf(old, 'a', 'b')).toEqual([{ by: 'young' }, { by: 'young' }]);
  });
});

describe('two transactions that each write what the other one has read', () => {
  /** Both hold what they write before either of them validates. */
  const skew = async (isValidated: boolean): Promise<string[]> => {
    const clients = new Clients();
    const both = [await clients.open(), await clients.open()] as const;
    const outcome = await commitOne(both[0], { writes: [put('x', { n: 0 }), put('y', { n: 0 })] });
    if (outcome.result !== 'committed') throw new Error('a put without expectations commits');
    let holding = 0;
    for (const { documents } of both) {
      const seen = new Map<string, RawDocument | undefined>();
      const reads = ({ id }: Key, document: RawDocument | undefined): RawDocument | undefined => {
        if (!seen.has(id)) seen.set(id, document);
        return isValidated ? document : seen.get(id);
      };
      const afterWrite = async (): Promise<void> => {
        documents.stage = { reads };
        holding++;
        while (holding < both.length) await new Promise(setImmediate);
      };
      documents.stage = { reads, afterWrite };
    }
    const { version } = outcome;
    const expected = ['x', 'y'].map((id) => ({ kind: 'version', key: key(id), version }) as const);
    const outcomes = await Promise.all([
      commitOne(both[0], { expect: expected, writes: [put('y', { n: 1 })] }),
      commitOne(both[1], { expect: expected, writes: [put('x', { n: 1 })] }),
    ]);
    return outcomes.map(({ result }) => result).sort();
  };

  it('do not both commit, though both hold what they write before either looks', async () => {
    expect(await skew(true)).toEqual(['committed', 'conflict']);
    // Without validation they would.
    expect(await skew(false)).toEqual(['committed', 'committed']);
  });
});

describe('a query', () => {
  /** While a query looks, `z` takes the place of `a`: it has looked at `z` already, and not yet at `a`. */
  const swapAmid = async (isGuarded: boolean): Promise<string[]> => {
    const clients = new Clients();
    const [reader, writer] = [await clients.open(), await clients.open()];
    await commitOne(writer, { writes: [put('a', { size: 1 }), put('z', {})] });
    if (!isGuarded)
      writer.documents.stage = { instead: (write) => (write.kind === 'bump' ? undefined : write) };
    let isSwapped = false;
    reader.documents.stage = {
      amidFind: async () => {
        if (isSwapped) return;
        isSwapped = true;
        await commitOne(writer, { writes: [put('a', {}), put('z', { size: 1 })] });
      },
    };
    return idsBySize(reader);
  };

  it('misses nothing that moves while it looks', async () => {
    expect(await swapAmid(true)).toEqual(['z']);
    // Without the guard it would: that is what the guard is for.
    expect(await swapAmid(false)).toEqual([]);
  });
});

describe('a query of a collection in which documents move all the time', () => {
  const findAmidWrites = async (hasGates: boolean): Promise<string[]> => {
    const clients = new Clients();
    const [reader, writer] = [await clients.open(), await clients.open()];
    const isGate = (write: RawWrite): boolean =>
      write.kind === 'create' && write.document.key.id.startsWith('gate');
    let isReading = true;
    let size = 0;
    const write = async (): Promise<void> => {
      for (; isReading; size++) {
        await commitOne(writer, { writes: [put('a', { size }), put('b', { size })] });
        await new Promise(setImmediate);
      }
    };
    reader.documents.stage = {
      // Every look lasts as long as it takes to commit something, unless nobody does.
      amidFind: async () => {
        const before = size;
        for (let turns = 0; turns < 20 && size === before; turns++) await new Promise(setImmediate);
      },
      instead: (write) => (isGate(write) && !hasGates ? undefined : write),
    };
    const writing = write();
    while (size === 0) await new Promise(setImmediate);
    try {
      return await idsBySize(reader);
    } finally {
      isReading = false;
      await writing;
    }
  };

  it('makes them rest for a moment, and ends', async () => {
    expect(await findAmidWrites(true)).toEqual(['a', 'b']);
    // Else it would look for ever.
    await expect(findAmidWrites(false)).rejects.toThrow('too fast');
  });

  it('is not waited for if its client dies', async () => {
    const clients = new Clients();
    const [dying, writer] = [await clients.open(), await clients.open()];
    dying.documents.stage = {
      amidFind: async () => void (await commitOne(writer, { writes: [put('a', { size: 1 }), put('b', {})] })),
      beforeWrite: (writes) => {
        if (writes.some(({ kind }) => kind === 'remove')) throw new ConnectionError('dead');
      },
    };
    await expect(dying.store.find(bySize)).rejects.toThrow('too fast');

    const before = clients.runtime.monotonic();
    const outcome = await commitOne(writer, { writes: [put('c', {}), put('d', {})] });
    expect(outcome.result).toBe('committed');
    expect(clients.runtime.monotonic() - before).toBeLessThan(2_000);
  });
});

describe('a deleted document', () => {
  /** The creation arrives once more when the document has been deleted, and its entry is still in the journal. */
  const createLate = async (hasTombstones: boolean) => {
    const clients = new Clients();
    const [creator, other] = [await clients.open(), await clients.open()];
    const late: RawWrite[] = [];
    creator.documents.stage = {
      beforeWrite: (writes) => {
        late.push(...writes.filter(({ kind }) => kind === 'create'));
        if (writes.every(({ kind }) => kind === 'remove')) throw new ConnectionError('dead');
      },
    };
    await commitOne(creator, { writes: [put('a', { n: 1 }), put('b', { n: 1 })] });
    if (!hasTombstones) other.documents.stage = { instead: withoutTombstone };
    await commitOne(other, { writes: [remove('a'), patch('b', { n: 2 })] });
    for (const write of late) clients.backend.write(write);
    return fieldsOf(other, 'a', 'b');
  };

  const withoutTombstone = (write: RawWrite): RawWrite =>
    write.kind === 'update' && write.change?.kind === 'delete'
      ? { kind: 'remove', key: write.key, expected: write.expected }
      : write;

  it('is not brought back by a creation that arrives late', async () => {
    expect(await createLate(true)).toEqual([undefined, { n: 2 }]);
    // Without a tombstone it would be.
    expect(await createLate(false)).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe('what a commit costs', () => {
  it('is four calls for any number of transactions over several documents', async () => {
    const client = await new Clients().open();
    const outcomes = await client.store.commit(
      Array.from({ length: 100 }, (_, n) => ({
        expect: [],
        writes: [put(`a${n}`, { n }), put(`b${n}`, { n })],
      })),
    );

    expect(outcomes.every(({ result }) => result === 'committed')).toBe(true);
    // Intents and entries; decisions and the guard; the documents; and, while nobody waits, the entries removed.
    expect(client.documents.calls).toEqual(['read 201', 'write 300', 'write 101', 'write 200', 'write 100']);
  });

  it('is one conditional write for a transaction of one document of which no query is validated', async () => {
    const client = await new Clients().open();
    await client.store.commit(
      Array.from({ length: 100 }, (_, n) => ({
        expect: [],
        writes: [{ kind: 'put', key: key(`${n}`, 'waybill.things'), fields: {} } as const],
      })),
    );

    expect(client.documents.calls).toEqual(['read 100', 'write 100']);
  });
});
