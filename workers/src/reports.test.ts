import { setTimeout as pause } from 'node:timers/promises';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  claimTask,
  type CommitOutcome,
  ConnectionError,
  defineCollection,
  defineHandler,
  type Json,
  Reports,
  type Transaction,
  type UnitOfWork,
  type Waybill,
} from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const Notes = defineCollection({ name: 'notes', schema: z.object({ n: z.number() }) });

/** Lets the first run, and only that one, read what is changed before it can commit. Answers which run it is. */
const conflicts = () => {
  let runs = 0;
  return async (work: UnitOfWork, waybill: Waybill): Promise<number> => {
    await work.documents(Notes).get('n');
    if (++runs === 1) await waybill.documents(Notes).put('n', { n: 1 });
    return runs;
  };
};

type Run = (work: UnitOfWork, waybill: Waybill) => Promise<void> | Json;

/** A task that does this, once but for conflicts, submitted in a world of its own. */
const submitted = async (run: Run, options: Parameters<typeof openWorld>[1] = {}) => {
  const handler = defineHandler({
    topic: 'reporting',
    input: nothing,
    retry: { attempts: 1 },
    run: (_, work) => run(work, waybill),
  });
  const { waybill, work } = await openWorld({ handlers: [handler], collections: [Notes] }, options);
  await work();
  return { waybill, task: await waybill.submit(handler, {}) };
};

const linesOf = async (waybill: Waybill, id: string): Promise<string[]> =>
  (await Array.fromAsync(waybill.logs(id))).map(({ message }) => message);

/** Is out of reach for the report that says this, as long as it is told to. */
class Refusing extends MemoryStore {
  refused: string | undefined;

  override async commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    if (this.refused !== undefined && JSON.stringify(batch).includes(this.refused))
      throw new ConnectionError('out of reach');
    return super.commit(batch);
  }
}

describe('the lines of a run', () => {
  it('are kept when its commit fails', async () => {
    const limits = { bytes: 1_000, depth: 32, keys: 10_000 };
    const { waybill, task } = await submitted(
      (work) => {
        work.log.info('made it large');
        return 'x'.repeat(1_001);
      },
      { settings: { limits } },
    );
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow(/bytes/);

    expect(await linesOf(waybill, task.id)).toEqual(['made it large']);
  });

  it('are kept when it meets a conflict, before those of the next one', async () => {
    const contend = conflicts();
    const { waybill, task } = await submitted(async (work, world) => {
      work.log.info(`run ${await contend(work, world)}`);
      work.documents(Notes).put('n', { n: 2 });
    });
    await task.result({ timeoutMs: 2_000 });

    expect(await linesOf(waybill, task.id)).toEqual(['run 1', 'run 2']);
  });

  it('that came too fast are counted once, also when it meets a conflict', async () => {
    const contend = conflicts();
    const { waybill, task } = await submitted(async (work, world) => {
      if ((await contend(work, world)) > 1) return;
      for (let n = 0; n < 510; n++) work.log.info(`line ${n}`);
    });
    await task.result({ timeoutMs: 2_000 });

    const lines = await linesOf(waybill, task.id);
    expect(lines.slice(499)).toEqual(['line 499', '10 lines came too fast and were dropped']);
  });

  it('that a slow store has not confirmed go before its commit', async () => {
    const store = new Refusing();
    store.refused = 'first';
    const ports = { store, broker: new MemoryBroker(), channel: new MemoryChannel() };
    const { waybill, task } = await submitted(
      async (work) => {
        work.log.info('first');
        await pause(300);
        work.log.info('second');
        await pause(300);
        setTimeout(() => (store.refused = undefined), 30);
      },
      { ports, settings: { leaseMs: 5_000 } },
    );
    await task.result({ timeoutMs: 4_000 });

    expect(await linesOf(waybill, task.id)).toEqual(['first', 'second']);
  });

  it.each([0, 400])('are kept when it is cancelled, %i ms after the last of them', async (afterMs) => {
    let running = false;
    const { waybill, task } = await submitted(
      async (work) => {
        work.log.info('first');
        running = true;
        await pause(afterMs);
        work.log.info('last');
        await new Promise((resolve) => work.signal.addEventListener('abort', resolve));
      },
      { settings: { leaseMs: 5_000 } },
    );
    await until(() => running);
    await pause(afterMs);
    await task.cancel();
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
    expect(await linesOf(waybill, task.id)).toEqual(['first', 'last']);
  });

  it('that was fenced off are missed in the log of the process', async () => {
    const told: unknown[] = [];
    const idle = defineHandler({ topic: 'idle', input: nothing, run: () => undefined });
    const { waybill } = await openWorld(
      { handlers: [idle] },
      { settings: { leaseMs: 5_000 }, log: (...entry) => void told.push(entry) },
    );
    const { context } = waybill.engine;
    const { id, tenant } = await waybill.submit(idle, {});
    const ticket = { tenant, taskId: id, queue: 'normal', rank: 5, epoch: 0 } as const;
    const lease = await claimTask(context, ticket, 'worker');
    if (lease === undefined) throw new Error('it was available');

    new Reports(context, lease).info('too late');
    await waybill.cancel(id);
    await until(() => told.length > 0);

    expect(told).toEqual([['debug', 'task.unreported', { taskId: id, lines: 1, code: 'WB_CONFLICT' }]]);
  });
});

describe('a run after a conflict', () => {
  it('shows its progress, and the lines of the run before', async () => {
    const gate = Promise.withResolvers<void>();
    const contend = conflicts();
    const { waybill, task } = await submitted(async (work, world) => {
      if ((await contend(work, world)) === 1) return work.log.info('begun');
      work.progress(0.5);
      await gate.promise;
    });
    await until(async () => (await waybill.find(task.id))?.progress?.fraction === 0.5);
    expect(await linesOf(waybill, task.id)).toEqual(['begun']);
    gate.resolve();
    await task.result({ timeoutMs: 2_000 });
  });

  it('that tells nothing leaves the lines of the run before to be seen', async () => {
    const gate = Promise.withResolvers<void>();
    const contend = conflicts();
    const { waybill, task } = await submitted(async (work, world) => {
      if ((await contend(work, world)) === 1) work.log.info('begun');
      else await gate.promise;
    });
    await until(async () => (await linesOf(waybill, task.id)).length === 1);
    gate.resolve();
    await task.result({ timeoutMs: 2_000 });
    expect(await linesOf(waybill, task.id)).toEqual(['begun']);
  });
});
