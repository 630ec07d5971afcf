import {
  AgentLedger,
  agentCollection,
  claimTask,
  commitUnit,
  defineAgentEffect,
  defineCollection,
  defineEffect,
  defineHandler,
  permanent,
  Reports,
  serveAgent,
  token,
  Unit,
} from '@waybill/core';
import { ContainerModule, inject, injectable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const Notes = defineCollection({ name: 'notes', schema: z.object({ n: z.number() }) });
const ticketFor = ({ id, tenant }: { id: string; tenant: string }, epoch = 0) =>
  ({ tenant, taskId: id, queue: 'normal', rank: 5, epoch }) as const;

describe('a lease', () => {
  it('has one holder, and a stale ticket claims nothing', async () => {
    const { waybill } = await openWorld({ handlers: [] });
    const { context } = waybill.engine;
    const task = await waybill.submit({ topic: 'x', input: nothing }, {});

    const claims = await Promise.all([1, 2, 3].map((n) => claimTask(context, ticketFor(task), `w${n}`)));

    expect(claims.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect(await claimTask(context, ticketFor(task, 1), 'w4')).toBeUndefined();
    expect(
      await claimTask(context, ticketFor({ ...task, id: 'unknown', tenant: 't' }), 'w5'),
    ).toBeUndefined();
  });

  it('that is not renewed passes to another worker, and the first one changes nothing any more', async () => {
    const seen: number[] = [];
    const note = defineHandler({
      topic: 'note',
      input: nothing,
      run: (_, unit) => {
        seen.push(unit.task.attempt);
        unit.documents(Notes).put('by', { n: unit.task.attempt });
      },
    });
    const { waybill, work } = await openWorld(
      { handlers: [note], collections: [Notes] },
      { settings: { leaseMs: 60 } },
    );
    const { context } = waybill.engine;
    const task = await waybill.submit(note, {});
    const zombie = await claimTask(context, ticketFor(task), 'zombie');
    if (zombie === undefined) throw new Error('it was available');

    await work();
    await task.result({ timeoutMs: 2_000 });

    const reports = new Reports(context, zombie);
    const unit = new Unit(context, zombie, reports, 'serializable');
    unit.documents(Notes).put('by', { n: 99 });
    await expect(commitUnit(context, zombie, unit, { result: 99, log: [] })).rejects.toMatchObject({
      code: 'WB_LEASE_LOST',
    });
    expect((await waybill.documents(Notes).get('by'))?.value.n).toBe(2);
    expect(seen).toEqual([2]);
    expect((await waybill.find(task.id))?.failures).toMatchObject([{ attempt: 1, class: 'crash' }]);
  });

  it('is renewed as long as the task runs', async () => {
    let runs = 0;
    const long = defineHandler({
      topic: 'long',
      input: nothing,
      async run() {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 250));
      },
    });
    const { waybill, work } = await openWorld(
      { handlers: [long] },
      { settings: { leaseMs: 60, sweepMs: 10 } },
    );
    await work();
    await work();

    await (await waybill.submit(long, {})).result({ timeoutMs: 2_000 });
    expect(runs).toBe(1);
  });

  it('that keeps running out ends the task: one that kills its workers does not do so for ever', async () => {
    const { waybill, work } = await openWorld({ handlers: [] }, { settings: { leaseMs: 20, sweepMs: 5 } });
    const { context } = waybill.engine;
    const task = await waybill.submit({ topic: 'deadly', input: nothing, retry: { attempts: 2 } }, {});
    await claimTask(context, ticketFor(task), 'first');
    await work({ slots: { critical: 0, normal: 0, batch: 0 } });
    await until(async () => (await claimTask(context, ticketFor(task, 1), 'second')) !== undefined);

    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.find(task.id))?.failures).toMatchObject([{ class: 'crash' }, { class: 'crash' }]);
  });

  it('is kept by a worker that stops and is seen to be stopping, as long as its task may run', async () => {
    const gate = Promise.withResolvers<void>();
    let running = false;
    const long = defineHandler({
      topic: 'long',
      input: nothing,
      run: () => {
        running = true;
        return gate.promise;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [long] });
    const worker = await work({ shutdownMs: 5_000 });
    const task = await waybill.submit(long, {});
    await until(() => running);
    const states = async () => (await waybill.queues.servers()).map(({ state }) => state);
    expect(await states()).toEqual(['running']);
    const stopping = worker.stop();
    await until(async () => (await states())[0] === 'stopping');
    gate.resolve();
    await stopping;
    expect(await task.status()).toBe('completed');
    expect(await states()).toEqual([]);
  });

  it('of a worker that stops is given back, and the attempt does not count', async () => {
    const attempts: number[] = [];
    const gate = Promise.withResolvers<void>();
    const long = defineHandler({
      topic: 'long',
      input: nothing,
      async run(_, { task }) {
        attempts.push(task.attempt);
        if (attempts.length === 1) await gate.promise;
        return task.attempt;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [long] }, { settings: { leaseMs: 60_000 } });
    const first = await work({ shutdownMs: 5 });
    const task = await waybill.submit(long, {});
    await until(() => attempts.length === 1);

    await first.stop();
    await work();

    expect(await task.result({ timeoutMs: 2_000 })).toBe(1);
    expect(attempts).toEqual([1, 1]);
    gate.resolve();
  });
});

describe('a rollback', () => {
  it('whose worker died is finished by another one', async () => {
    const calls: string[] = [];
    const light = defineEffect({
      name: 'light',
      args: nothing,
      do: () => void calls.push('on'),
      undo: () => void calls.push('off'),
    });
    const dying = defineHandler({
      topic: 'dying',
      input: nothing,
      retry: { attempts: 1 },
      run: async (_, work) => work.effect(light, {}),
    });
    const { waybill, work } = await openWorld(
      { handlers: [dying], effects: [light] },
      { settings: { leaseMs: 40 } },
    );
    const { context } = waybill.engine;
    const task = await waybill.submit(dying, {});
    const lease = await claimTask(context, ticketFor(task), 'dead');
    if (lease === undefined) throw new Error('it was available');
    await new Unit(context, lease, new Reports(context, lease), 'serializable').effect(light, {});

    await work();

    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect(calls).toEqual(['on', 'off']);
  });
});

describe('an agent', () => {
  it('is asked over the channel, and does each key once', async () => {
    const calls: string[] = [];
    const effect = defineAgentEffect({
      name: 'vm.create',
      subject: 'agent.vm',
      args: z.object({ name: z.string() }),
    });
    let fail = true;
    const create = defineHandler({
      topic: 'vm',
      input: nothing,
      async run(_, work) {
        const vm = await work.effect(effect, { name: 'one' });
        if (fail) throw permanent('changed my mind');
        return vm;
      },
    });
    const { waybill, work, ports } = await openWorld({ handlers: [create], effects: [effect] });
    await ports.store.prepare([agentCollection]);
    const ledger = new AgentLedger(ports.store, {
      do: (args) => {
        calls.push(`do ${JSON.stringify(args)}`);
        return 'vm-1';
      },
      undo: (_, __, result) => void calls.push(`undo ${String(result)}`),
    });
    const stop = new AbortController();
    const serving = serveAgent(waybill, 'agent.vm', ledger, stop.signal);
    await work();

    await expect((await waybill.submit(create, {})).result({ timeoutMs: 2_000 })).rejects.toThrow(
      'changed my mind',
    );
    expect(calls).toEqual(['do {"name":"one"}', 'undo vm-1']);
    fail = false;
    expect(await (await waybill.submit(create, {})).result({ timeoutMs: 2_000 })).toBe('vm-1');
    stop.abort();
    await serving;
  });

  it('answers a repetition with the first result, and refuses what was undone before it came', async () => {
    const { ports } = await openWorld({});
    await ports.store.prepare([agentCollection]);
    let done = 0;
    const undone: unknown[] = [];
    const ledger = new AgentLedger(ports.store, {
      do: () => ++done,
      undo: (_, key) => void undone.push(key),
    });

    expect(await Promise.all([ledger.do('k', {}), ledger.do('k', {})])).toEqual([1, 1]);
    await ledger.undo('k', {});
    await ledger.undo('k', {});
    await ledger.undo('never done', {});

    expect(undone).toEqual(['k']);
    await expect(ledger.do('never done', {})).rejects.toMatchObject({ retryable: false });
    await expect(ledger.do('k', {})).rejects.toMatchObject({ retryable: false });
    expect(done).toBe(1);
  });

  it('that does not answer leaves the outcome unknown, within the deadline', async () => {
    const { waybill } = await openWorld({});
    await expect(waybill.request('nobody', {}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'WB_DEADLINE',
    });
  });
});

describe('a handler class', () => {
  it('gets what its explicit tokens ask for', async () => {
    interface Greeter {
      greet(name: string): string;
    }
    const Greeter = token<Greeter>('test/Greeter');
    @injectable()
    class Greet {
      readonly topic = 'greet';
      readonly input = z.object({ name: z.string() });
      readonly #greeter: Greeter;

      constructor(@inject(Greeter) greeter: Greeter) {
        this.#greeter = greeter;
      }

      run({ name }: { name: string }): string {
        return this.#greeter.greet(name);
      }
    }
    const { createWaybill } = await import('@waybill/core');
    const { memoryBroker } = await import('@waybill/broker-memory');
    const { memoryChannel } = await import('@waybill/channel-memory');
    const { memoryStore } = await import('@waybill/store-memory');
    const module = new ContainerModule(({ bind }) => {
      bind<Greeter>(Greeter).toConstantValue({ greet: (name) => `Hello, ${name}!` });
    });
    const waybill = await createWaybill(
      {
        config: {
          broker: { use: memoryBroker },
          channel: { use: memoryChannel },
          store: { use: memoryStore },
        },
      },
      { plugins: [{ name: 'greeting', handlers: [Greet], modules: [module] }], env: {} },
    );
    const { startWorker } = await import('./start-worker.ts');
    const worker = await startWorker(waybill);

    const task = await waybill.submit(
      { topic: 'greet', input: z.object({ name: z.string() }) },
      { name: 'Ada' },
    );
    expect(await task.result({ timeoutMs: 2_000 })).toBe('Hello, Ada!');
    await worker.stop();
    await waybill.close();
  });
});
