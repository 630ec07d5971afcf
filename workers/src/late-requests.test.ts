import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  claimTask,
  classify,
  type CommitOutcome,
  defineEffect,
  defineHandler,
  type DocumentStore,
  failAttempt,
  type Lease,
  lookAgain,
  openEngine,
  reapExpired,
  releaseTask,
  Reports,
  type Transaction,
  Unit,
  type Waybill,
} from '@waybill/core';
import { MemoryStore, MemoryStoreBackend } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});

/** A lamp outside, and a gate at which its switch can be held up. */
const lamp = () => {
  const calls: string[] = [];
  const gate = { do: Promise.resolve(), undo: Promise.resolve() };
  const light = defineEffect({
    name: 'light',
    args: nothing,
    async do() {
      calls.push('asked');
      await gate.do;
      calls.push('on');
      return undefined;
    },
    async undo() {
      await gate.undo;
      calls.push('off');
    },
  });
  return { calls, gate, light };
};

/** A memory store that does something of the test's before it commits. */
const storeThat = (
  before: (transaction: Transaction) => Promise<void> | void,
  backend = new MemoryStoreBackend(),
): DocumentStore => {
  const store = new MemoryStore(backend);
  const commit = async (batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> => {
    for (const transaction of batch) await before(transaction);
    return MemoryStore.prototype.commit.call(store, batch);
  };
  return Object.assign(store, { commit });
};

const portsOn = (store: DocumentStore) => ({
  store,
  broker: new MemoryBroker(),
  channel: new MemoryChannel(),
});

const patches = ({ writes }: Transaction, field: string): boolean =>
  writes.some((write) => write.kind === 'patch' && field in write.fields);

describe('the journal', () => {
  it('lets no task complete before the effects that nobody waits for', async () => {
    const { calls, gate, light } = lamp();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.do = promise;
    const careless = defineHandler({
      topic: 'careless',
      input: nothing,
      run: (_, work) => void work.effect(light, {}),
    });
    const { waybill, work } = await openWorld({ handlers: [careless], effects: [light] });
    await work();

    const task = await waybill.submit(careless, {});
    await until(() => calls.includes('asked'));
    expect(await task.status()).toBe('in-progress');
    resolve();
    await task.result({ timeoutMs: 2_000 });

    expect((await waybill.find(task.id))?.journal?.map(({ state }) => state)).toEqual(['done']);
  });

  it('begins no effect whose intent is still on its way when the attempt fails', async () => {
    const { calls, light } = lamp();
    const failing = defineHandler({
      topic: 'failing',
      input: nothing,
      retry: { attempts: 1 },
      run(_, work) {
        work.effect(light, {}).catch(() => undefined); // the attempt fails anyway
        throw new Error('no');
      },
    });
    const slow = storeThat((transaction) =>
      patches(transaction, 'journal') ? new Promise((resolve) => setTimeout(resolve, 20)) : undefined,
    );
    const { waybill, work } = await openWorld(
      { handlers: [failing], effects: [light] },
      { ports: portsOn(slow) },
    );
    await work();

    const task = await waybill.submit(failing, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(calls.filter((call) => call !== 'off')).toEqual([]);
  });

  it('is not written by a run once the lease knows that a cancel has turned the task back', async () => {
    const { light } = lamp();
    const two = defineHandler({ topic: 'two', input: nothing, run: () => undefined });
    const { promise: noticed, resolve: notice } = Promise.withResolvers<void>();
    const slow = storeThat((transaction) => (patches(transaction, 'journal') ? noticed : undefined));
    const { waybill } = await openWorld({ handlers: [two], effects: [light] }, { ports: portsOn(slow) });
    const { context } = waybill.engine;
    const { id } = await waybill.submit(two, {});
    const lease = await claimed(waybill, id);

    const unit = new Unit(context, lease, new Reports(context, lease), 'serializable');
    const acting = Promise.allSettled([unit.effect(light, {}), unit.effect(light, {})]);
    await MemoryStore.prototype.commit.call(slow, [turnBack(id)]);
    await lookAgain(context, lease);
    notice();
    await acting;

    expect((await waybill.find(id))?.journal).toBeUndefined();
  });

  it('is looked at by a reaper at the instant of its decision, not before', async () => {
    const { calls, light } = lamp();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: reaping, resolve: reap } = Promise.withResolvers<void>();
    const once = defineHandler({
      topic: 'once',
      input: nothing,
      retry: { attempts: 1 },
      async run(_, work) {
        await reaping;
        await work.effect(light, {});
        begin();
      },
    });
    const backend = new MemoryStoreBackend();
    const { waybill, work } = await openWorld(
      { handlers: [once], effects: [light] },
      { ports: portsOn(new MemoryStore(backend)), settings: { leaseMs: 5_000 } },
    );
    await work();
    const task = await waybill.submit(once, {});
    await until(async () => (await task.status()) === 'in-progress');

    await reapLate(backend, () => {
      reap();
      return begun;
    });
    await task.result({ timeoutMs: 2_000 });

    expect(calls).toEqual(['asked', 'on']);
  });
});

describe('a rollback', () => {
  it('does not forget a cancel that came while it was undoing for a retry', async () => {
    const { gate, light } = lamp();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.undo = promise;
    const flaky = defineHandler({
      topic: 'flaky',
      input: nothing,
      async run(_, work) {
        await work.effect(light, {});
        if (work.task.attempt === 1) throw new Error('once');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [flaky], effects: [light] });
    await work();

    const task = await waybill.submit(flaky, {});
    await until(async () => (await task.status()) === 'rolling-back');
    expect(await task.cancel()).toMatchObject({ answer: 'cancelling' });
    resolve();

    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ facts: { status: 'cancelled' } });
  });

  it('keeps its failure when a reaper is late that has seen the task running', async () => {
    const { gate, light } = lamp();
    const { promise: reaping, resolve: reap } = Promise.withResolvers<void>();
    const { promise: undone, resolve: undo } = Promise.withResolvers<void>();
    gate.undo = undone;
    const failing = defineHandler({
      topic: 'failing',
      input: nothing,
      retry: { attempts: 2 },
      async run(_, work) {
        await work.effect(light, {});
        await reaping;
        throw new Error('no');
      },
    });
    const backend = new MemoryStoreBackend();
    const { waybill, work } = await openWorld(
      { handlers: [failing], effects: [light] },
      { ports: portsOn(new MemoryStore(backend)), settings: { leaseMs: 5_000 } },
    );
    await work();
    const task = await waybill.submit(failing, {});
    await until(async () => (await waybill.find(task.id))?.journal !== undefined);

    await reapLate(backend, async () => {
      reap();
      await until(async () => (await task.status()) === 'rolling-back');
    });
    undo();
    await task.result({ timeoutMs: 2_000 }).catch(() => undefined); // it fails at every attempt

    const messages = (await waybill.find(task.id))?.failures?.map(({ message }) => message);
    expect(messages).toEqual(['no', 'no']);
  });

  it('goes on by its own record when the worker stops and can give nothing back any more', async () => {
    const { gate, light } = lamp();
    const once = defineHandler({ topic: 'once', input: nothing, run: () => undefined });
    const { waybill } = await openWorld({ handlers: [once], effects: [light] });
    const { context } = waybill.engine;
    const { id } = await waybill.submit(once, {});
    const lease = await claimed(waybill, id);
    const reports = new Reports(context, lease);
    await new Unit(context, lease, reports, 'serializable').effect(light, {});
    gate.undo = Promise.reject(new Error('stuck'));

    const error = classify(new Error('no'));
    const failing = failAttempt(context, lease, { error, policy: context.settings.retry, log: [] });
    await releaseTask(context, lease);
    await failing;

    const messages = (await waybill.find(id))?.failures?.map(({ message }) => message);
    expect(messages).toEqual(['no', 'undo: stuck']);
  });
});

describe('a reaper', () => {
  it('leaves a lease alone that was renewed since it has looked', async () => {
    const { promise: renewed, resolve: renew } = Promise.withResolvers<void>();
    const slow = defineHandler({ topic: 'slow', input: nothing, retry: { attempts: 1 }, run: () => renewed });
    const backend = new MemoryStoreBackend();
    const { waybill, work } = await openWorld(
      { handlers: [slow] },
      { ports: portsOn(new MemoryStore(backend)), settings: { leaseMs: 300 } },
    );
    await work();
    const task = await waybill.submit(slow, {});
    await until(async () => (await task.status()) === 'in-progress');
    const leaseUntil = async (): Promise<number | undefined> => (await waybill.find(task.id))?.at;
    const before = await leaseUntil();

    await reapLate(backend, () => until(async () => (await leaseUntil()) !== before));
    renew();

    await task.result({ timeoutMs: 2_000 });
    expect((await waybill.find(task.id))?.failures).toBeUndefined();
  });
});

/** Another process, whose clock is fast and whose request is slow: `meanwhile` happens between its look and its commit. */
const reapLate = async (backend: MemoryStoreBackend, meanwhile: () => Promise<void>): Promise<void> => {
  const hasty = storeThat(meanwhile, backend);
  hasty.now = async () => Date.now() + 60_000;
  const other = await openEngine({ ports: portsOn(hasty), settings: { leaseMs: 5_000 } });
  await reapExpired(other.context);
  await other.close();
};

const claimed = async ({ engine }: Waybill, taskId: string): Promise<Lease> => {
  const ticket = { tenant: 'default', taskId, queue: 'normal', rank: 5, epoch: 0 } as const;
  const lease = await claimTask(engine.context, ticket, 'worker');
  if (lease === undefined) throw new Error('the task was not claimed');
  return lease;
};

/** What a cancel writes. */
const turnBack = (id: string): Transaction => ({
  expect: [],
  writes: [
    {
      kind: 'patch',
      key: { collection: 'waybill.tasks', tenant: 'default', id },
      fields: { mode: 'rollback', verdict: 'cancelled' },
    },
  ],
});
