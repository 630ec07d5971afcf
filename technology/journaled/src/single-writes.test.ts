import { InDoubtError, type Key, sleep } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { type Client, Clients, commitOne, isApplying, key, patch, put } from './clients.fixture.ts';
import { JournaledStore } from './journaled-store.ts';
import type { RawDocument } from './raw-document.ts';
import { StagedDocuments } from './staged-documents.fixture.ts';

const isOpen = (id: string) => ({ kind: 'fields', key: key(id), fields: { state: 'open' } }) as const;

const fieldsOf = async ({ store }: Client, id: string) => (await store.get([key(id)]))[0]?.fields;

/** A client that has written to the collection before: it knows what is indexed there. */
const stocked = async (clients: Clients, ...ids: readonly string[]): Promise<Client> => {
  const client = await clients.open();
  await commitOne(client, { writes: ids.map((id, size) => put(id, { state: 'open', size })) });
  await commitOne(client, { writes: [patch('first', { known: true })] });
  client.documents.calls.length = 0;
  return client;
};

describe('a transaction that patches one document', () => {
  it('is one write, and all of a batch are one call', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `${n}`);
    const client = await stocked(new Clients(), ...ids);
    const outcomes = await client.store.commit(
      ids.map((id) => ({ expect: [isOpen(id)], writes: [patch(id, { state: 'shut' })] })),
    );

    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['committed']));
    expect(client.documents.calls).toEqual(['write 100']);
  });

  it('is a conflict where it finds something else than it expects', async () => {
    const client = await stocked(new Clients(), 'a');
    const shut = { expect: [isOpen('a')], writes: [patch('a', { state: 'shut' })] };

    expect((await commitOne(client, shut)).result).toBe('committed');
    expect(await commitOne(client, shut)).toEqual({ result: 'conflict', key: key('a') });
  });

  it('waits for a transaction that holds the document, and does not overwrite it', async () => {
    const clients = new Clients();
    const [holder, other] = [await stocked(clients, 'a', 'b'), await clients.open()];
    let outcome: Promise<unknown> | undefined;
    holder.documents.stage = {
      // It is decided, and nothing is applied yet.
      beforeWrite: (writes) => {
        if (isApplying(writes)) outcome ??= commitOne(other, { writes: [patch('a', { n: 2 })] });
      },
    };
    await commitOne(holder, { writes: [patch('a', { n: 1, m: 1 }), patch('b', { m: 1 })] });

    expect(await outcome).toMatchObject({ result: 'committed' });
    expect(await fieldsOf(other, 'a')).toMatchObject({ n: 2, m: 1 });
  });

  it('is recognised by its stamp where its answer gets lost', async () => {
    const client = await stocked(new Clients(), 'a');
    client.documents.stage = { afterWrite: loseOnce() };

    const outcome = await commitOne(client, {
      expect: [isOpen('a')],
      writes: [patch('a', { state: 'shut' })],
    });
    expect(outcome.result).toBe('committed');
  });

  it('is in doubt, and not sent again, where its answer gets lost and others have written since', async () => {
    const clients = new Clients();
    const [client, other] = [await stocked(clients, 'a'), await clients.open()];
    client.documents.stage = {
      afterWrite: loseOnce(async () => {
        await commitOne(other, { writes: [patch('a', { n: 2 })] });
      }),
    };

    await expect(commitOne(client, { writes: [patch('a', { n: 1 })] })).rejects.toThrow(InDoubtError);
    expect(await fieldsOf(client, 'a')).toMatchObject({ n: 2 });
  });
});

describe('a document that moves in an index', () => {
  /** A query looks at large sizes last, and `z` gets a small one meanwhile. */
  const shrinkAmid = async (hasHeard: boolean): Promise<string[]> => {
    const clients = new Clients();
    const [reader, writer] = [await clients.open(), await clients.open()];
    await commitOne(reader, { writes: [put('a', { size: 1 }), put('z', { size: 9 })] });
    await sleep(clients.runtime, 10_000); // so that the writer asks again what is indexed
    if (!hasHeard) writer.documents.stage = { reads: asIfNothingWereIndexed };
    let hasShrunk = false;
    reader.documents.stage = {
      isLate: ({ fields }) => Number(fields?.['size']) > 5,
      amidFind: async () => {
        if (hasShrunk) return;
        hasShrunk = true;
        await commitOne(writer, { writes: [patch('z', { size: 2 })] });
      },
    };
    const query = { collection: 'things', tenant: 'acme', index: 'by-size', equals: [], limit: 9 };
    return (await reader.store.find(query)).documents.map((document) => document.key.id);
  };

  it('is not moved by one write, so that a query does not miss it', async () => {
    expect(await shrinkAmid(true)).toEqual(['a', 'z']);
    // It would: that is why clients have to hear of each other's indexes.
    expect(await shrinkAmid(false)).toEqual(['a']);
  });
});

describe('an index that is declared later', () => {
  const withIndex = [{ name: 'things', indexes: [{ name: 'by-colour', fields: ['colour'] as const }] }];

  it('waits until those have heard of it who change documents in single writes', async () => {
    const clients = new Clients();
    const old = await stocked(clients, 'a');
    const { runtime } = clients;
    const store = new JournaledStore(new StagedDocuments(clients.backend), {
      runtime,
      settings: { sweepMs: Number.POSITIVE_INFINITY },
    });
    const before = runtime.monotonic();
    await store.prepare(withIndex);
    expect(runtime.monotonic() - before).toBeGreaterThanOrEqual(30_000);

    old.documents.calls.length = 0;
    await commitOne(old, { writes: [patch('a', { colour: 'red' })] });
    expect(old.documents.calls.slice(0, 3)).toEqual(['read 1', 'read 2', 'write 2']);
  });

  it('waits for nobody where nobody does so', async () => {
    const clients = new Clients();
    const { store } = await clients.open();
    const before = clients.runtime.monotonic();
    await store.prepare(withIndex);

    expect(clients.runtime.monotonic()).toBe(before);
  });
});

const asIfNothingWereIndexed = (_: Key, document: RawDocument | undefined): RawDocument | undefined =>
  document?.key.id.startsWith('indexed ') === true
    ? { ...document, fields: { ...document.fields, names: [] } }
    : document;

const loseOnce = (meanwhile: () => Promise<void> = async () => undefined): (() => Promise<void>) => {
  let isLost = false;
  return async () => {
    if (isLost) return;
    isLost = true;
    await meanwhile();
    throw new InDoubtError('the reply is lost');
  };
};
