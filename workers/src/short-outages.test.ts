import assert from 'node:assert/strict';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  claimTask,
  ClosedError,
  ConnectionError,
  defineCollection,
  defineHandler,
  renewLeases,
  type UnitOfWork,
  type WaybillError,
} from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

const leaseMs = 300;
const notes = defineCollection({
  name: 'notes',
  schema: z.object({ text: z.string() }),
  indexes: [{ name: 'text', fields: ['text'] }],
});

/** Reads meet an error from the moment at which they are told so. */
class Flaky extends MemoryStore {
  error: WaybillError | undefined;
  refused = 0;

  override async get(...given: Parameters<MemoryStore['get']>): ReturnType<MemoryStore['get']> {
    this.#reach();
    return super.get(...given);
  }

  override async find(...given: Parameters<MemoryStore['find']>): ReturnType<MemoryStore['find']> {
    this.#reach();
    return super.find(...given);
  }

  #reach(): void {
    if (this.error === undefined) return;
    this.refused++;
    throw this.error;
  }
}

/** A task of one attempt, which begins to work when its reads have begun to meet the error. */
const outageIn = async (act: (work: UnitOfWork) => Promise<unknown> | undefined, error: WaybillError) => {
  const store = new Flaky();
  let runs = 0;
  const handler = defineHandler({
    topic: 'reader',
    input: z.object({}),
    retry: { attempts: 1 },
    run: async (_, work) => {
      runs++;
      store.error = error;
      await act(work);
    },
  });
  const { waybill, work } = await openWorld(
    { handlers: [handler], collections: [notes] },
    { ports: { store, broker: new MemoryBroker(), channel: new MemoryChannel() }, settings: { leaseMs } },
  );
  await work();
  const task = await waybill.submit(handler, {});
  return { store, task, waybill, runs: () => runs };
};

const outage = new ConnectionError('out of reach');

describe('an outage of the store', () => {
  it.each<[string, (work: UnitOfWork) => Promise<unknown> | undefined]>([
    ['a document is read', (work) => work.documents(notes).get('a')],
    ['documents are sought', (work) => work.documents(notes).find({ index: 'text', equals: [], limit: 1 })],
    [
      'a follow-up task is checked for its key',
      (work) => {
        const other = defineHandler({ topic: 'other', input: z.object({}), run: () => undefined });
        work.submit(other, {}, { idempotencyKey: 'once' });
        return undefined;
      },
    ],
  ])('that ends within the lease is waited out where %s', async (_, act) => {
    const { store, task, waybill, runs } = await outageIn(act, outage);

    await new Promise((resolve) => setTimeout(resolve, leaseMs / 3));
    expect(store.refused).toBeGreaterThan(0);
    store.error = undefined;
    await task.result({ timeoutMs: 2_000 });

    expect((await waybill.find(task.id))?.failures).toBeUndefined();
    expect(runs()).toBe(1);
  });

  it('that lasts longer than a lease fails the attempt, for its reason', async () => {
    const { store, task, waybill } = await outageIn((work) => work.documents(notes).get('a'), outage);

    await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
    store.error = undefined;
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    const [failure, ...others] = (await waybill.find(task.id))?.failures ?? [];
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ class: 'transient', code: 'WB_CONNECTION', message: 'out of reach' });
    expect((failure?.failedAt ?? 0) - (failure?.startedAt ?? 0)).toBeGreaterThanOrEqual(leaseMs - 5);
  });

  it('is not what another error of the store is: the attempt fails at once', async () => {
    const closed = new ClosedError('closed');
    const { store, task, waybill } = await outageIn((work) => work.documents(notes).get('a'), closed);

    await new Promise((resolve) => setTimeout(resolve, leaseMs / 3));
    store.error = undefined;
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect((await waybill.find(task.id))?.failures).toMatchObject([{ code: 'WB_CLOSED' }]);
  });

  it('keeps no renewal waiting: other leases are renewed with the next one', async () => {
    const store = new Flaky();
    const handler = defineHandler({ topic: 'any', input: z.object({}), run: () => undefined });
    const { waybill } = await openWorld(
      { handlers: [handler] },
      { ports: { store, broker: new MemoryBroker(), channel: new MemoryChannel() }, settings: { leaseMs } },
    );
    const { context } = waybill.engine;
    const { id } = await waybill.submit(handler, {});
    const ticket = { tenant: 'default', taskId: id, queue: 'normal', rank: 5, epoch: 0 } as const;
    const lease = await claimTask(context, ticket, 'me');
    assert(lease !== undefined);
    await waybill.cancel(id);

    store.error = outage;
    await renewLeases(context, [lease]);
    expect([store.refused, lease.state]).toEqual([1, 'held']);
    store.error = undefined;
    await renewLeases(context, [lease]);
    expect(lease.state).toBe('cancelled');
  });
});
