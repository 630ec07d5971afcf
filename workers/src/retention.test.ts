import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { ConnectionError, defineHandler, removeExpired } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

/** Can be lost after so many more commits. */
class Mortal extends MemoryStore {
  left = Number.POSITIVE_INFINITY;
  /** Writes of its largest commit. */
  most = 0;

  override async commit(batch: Parameters<MemoryStore['commit']>[0]): ReturnType<MemoryStore['commit']> {
    this.most = Math.max(
      this.most,
      batch.reduce((sum, { writes }) => sum + writes.length, 0),
    );
    if (this.left-- <= 0) throw new ConnectionError('the process is gone');
    return super.commit(batch);
  }
}

/** So many tasks that are over and may go, in a world where nobody works any more. */
const ended = async (count: number) => {
  const store = new Mortal();
  const ports = { store, broker: new MemoryBroker(), channel: new MemoryChannel() };
  const quick = defineHandler({ topic: 'quick', input: z.object({}), run: () => undefined });
  const settings = { keepCompletedMs: 0, sweepMs: 60_000 };
  const { waybill, work } = await openWorld({ handlers: [quick] }, { ports, settings });
  const worker = await work();
  const tasks = await waybill.submitMany(Array.from({ length: count }, () => ({ type: quick, input: {} })));
  await Promise.all(tasks.map((task) => task.result({ timeoutMs: 2_000 })));
  await worker.stop();
  return { waybill, store, tasks };
};

it.each([3, 450])(
  'a record goes together with its log of %i documents, wherever it is interrupted',
  async (length) => {
    const { waybill, store, tasks } = await ended(1);
    const [task] = tasks;
    if (task === undefined) throw new Error('it was submitted');
    const logs = Array.from({ length }, (_, seq) => ({
      kind: 'put' as const,
      key: { collection: 'waybill.logs', tenant: 'default', id: `${task.id}/${seq}` },
      fields: { task: task.id, seq, lines: [] },
    }));
    await store.commit([{ expect: [], writes: logs }]);
    const there = async () => ({
      record: (await task.status()) !== 'unknown',
      log: (await store.get(logs.map(({ key }) => key))).some((found) => found !== undefined),
    });

    for (let commits = 0; (await there()).record; commits++) {
      store.left = commits;
      await removeExpired(waybill.engine.context).catch(() => undefined); // interrupted, and begun anew
      store.left = Number.POSITIVE_INFINITY;
      const { record, log } = await there();
      expect(log && !record).toBe(false);
      expect(commits).toBeLessThan(10);
    }
    expect(await there()).toEqual({ record: false, log: false });
  },
);

it('many records with long logs go in several commits, and each of them is counted', async () => {
  const { waybill, store, tasks } = await ended(12);
  for (const { id } of tasks) {
    const keys = Array.from({ length: 150 }, (_, seq) => `${id}/${seq}`);
    const writes = keys.map((key, seq) => ({
      kind: 'put' as const,
      key: { collection: 'waybill.logs', tenant: 'default', id: key },
      fields: { task: id, seq, lines: [{ seq, at: 0, level: 'info', message: 'a line' }] },
    }));
    await store.commit([{ expect: [], writes }]);
  }
  store.most = 0;
  expect(await removeExpired(waybill.engine.context)).toBe(12);
  expect(store.most).toBeLessThan(1_200);
  expect(await Promise.all(tasks.map((task) => task.status()))).toEqual(tasks.map(() => 'unknown'));
  const logs = tasks.map(({ id }) => Array.fromAsync(waybill.logs(id)));
  expect((await Promise.all(logs)).flat()).toEqual([]);
});
