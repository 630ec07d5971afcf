import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { defineHandler, type Page, type Query } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

/** Counts the documents that are found in logs. */
class Counting extends MemoryStore {
  found = 0;

  override async find(query: Query): Promise<Page> {
    const page = await super.find(query);
    if (query.collection === 'waybill.logs') this.found += page.documents.length;
    return page;
  }
}

const later = defineHandler({ topic: 'later', input: z.object({}), run: () => null });

/** A task with this many documents of two lines each: 10 and 12, 20 and 22, … */
const withLog = async (documents: number) => {
  const store = new Counting();
  const ports = { store, broker: new MemoryBroker(), channel: new MemoryChannel() };
  const { waybill } = await openWorld({ handlers: [later] }, { ports });
  const task = await waybill.submit(later, {});
  const writes = Array.from({ length: documents }, (_, n) => {
    const seq = 10 * (n + 1);
    const lines = [seq, seq + 2].map((each) => ({
      seq: each,
      at: 0,
      level: 'info',
      message: `line ${each}`,
    }));
    const key = { collection: 'waybill.logs', tenant: 'default', id: `${task.id}/${seq}` };
    return { kind: 'put' as const, key, fields: { task: task.id, seq, lines } };
  });
  await store.commit([{ expect: [], writes }]);
  const read = async (after?: number): Promise<number[]> => {
    const seqs: number[] = [];
    const options = after === undefined ? {} : { after };
    for await (const { seq } of waybill.logs(task.id, options)) seqs.push(seq);
    return seqs;
  };
  return { store, read };
};

it('the log of a task is read from any place on, line by line', async () => {
  const { read } = await withLog(3);
  const all = [10, 12, 20, 22, 30, 32];
  expect(await read()).toEqual(all);
  for (const after of [0, 9, 10, 11, 11.5, 12, 13, 19, 20, 21, 22, 29, 30, 31, 32, 33, 1e9])
    expect([after, await read(after)]).toEqual([after, all.filter((seq) => seq > after)]);
});

it('a look at the end of a long log does not read the whole', async () => {
  const { store, read } = await withLog(1_000);
  expect(await read()).toHaveLength(2_000);
  store.found = 0;
  expect(await read(10_000)).toEqual([10_002]);
  expect(store.found).toBeLessThanOrEqual(2);
});
