import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { defineHandler, permanent, type Page, type Query } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const quick = defineHandler({ topic: 'quick', input: nothing, run: () => 1 });
const failing = defineHandler({
  topic: 'failing',
  input: nothing,
  run() {
    throw permanent('no');
  },
});

/** Something happens between a look at the tasks and what is done about them. */
class Interrupted extends MemoryStore {
  meanwhile: (() => Promise<unknown>) | undefined;

  override async find(query: Query): Promise<Page> {
    const page = await super.find(query);
    const { meanwhile } = this;
    if (meanwhile === undefined || page.documents.length === 0 || query.limit < 200) return page;
    this.meanwhile = undefined;
    await meanwhile();
    return page;
  }
}

describe('to retry', () => {
  it('a queue does no task twice that has completed meanwhile', async () => {
    const store = new Interrupted();
    const ports = { store, broker: new MemoryBroker(), channel: new MemoryChannel() };
    const { waybill, work } = await openWorld({ handlers: [quick] }, { ports });
    await work();
    const task = await waybill.submit(quick, {}, { dueAt: Date.now() + 3_600_000 });
    store.meanwhile = async () => {
      await waybill.retry(task.id);
      await task.result({ timeoutMs: 2_000 });
    };

    expect(await waybill.queues.retry(['normal'])).toBe(0);
    expect((await waybill.list()).tasks.map(({ id, phase }) => [id, phase])).toEqual([
      [task.id, 'completed'],
    ]);
  });

  it('a task that has completed is not needed, unless it is to be done again', async () => {
    const { waybill, work } = await openWorld({ handlers: [quick] });
    await work();
    const task = await waybill.submit(quick, {});
    await task.result({ timeoutMs: 2_000 });

    expect(await waybill.retry(task.id)).toEqual({ answer: 'not-needed' });
    expect(await waybill.retry(task.id, 'default', { again: true })).toMatchObject({ answer: 'replayed' });
  });

  it('a dead letter submits it anew, once', async () => {
    const { waybill, work } = await openWorld({ handlers: [failing] });
    await work();
    const task = await waybill.submit(failing, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('no');

    const answers = await Promise.all([1, 2, 3].map(() => waybill.deadLetters.replay(task.id)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await until(async () => (await waybill.deadLetters.list()).tasks.length === 2);
    expect((await waybill.list()).tasks).toHaveLength(2);
  });
});
