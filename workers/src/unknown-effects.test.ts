import {
  claimTask,
  defineEffect,
  defineHandler,
  type Effect,
  type EngineLog,
  type Lease,
  releaseTask,
  Reports,
  type SubmitOptions,
  type TaskHandle,
  Unit,
} from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until, type World } from './world.fixture.ts';

const nothing = z.object({});
const trip = defineHandler({ topic: 'trip', input: nothing, run: () => undefined });

/** Two effects that write down what is undone, and the logged events of workers. */
const outside = () => {
  const undone: string[] = [];
  let refusals = 0;
  const undo = (name: string) => () => {
    if (refusals-- > 0) throw new Error('not now');
    undone.push(name);
  };
  const flight = defineEffect({ name: 'flight', args: nothing, do: () => null, undo: undo('flight') });
  const hotel = defineEffect({ name: 'hotel', args: nothing, do: () => null, undo: undo('hotel') });
  const logged: (readonly [string, string, Readonly<Record<string, unknown>>])[] = [];
  const log: EngineLog = (level, event, fields) => void logged.push([level, event, fields]);
  const refuseUndo = (times: number): void => {
    refusals = times;
  };
  return { undone, flight, hotel, log, logged, refuseUndo };
};

const claimOf = async ({ waybill }: World, task: TaskHandle): Promise<Lease> => {
  const { epoch = 0 } = (await waybill.find(task.id)) ?? {};
  const ticket = { tenant: 'default', taskId: task.id, queue: 'normal', rank: 5, epoch } as const;
  const lease = await claimTask(waybill.engine.context, ticket, 'somebody');
  if (lease === undefined) throw new Error('it was available');
  return lease;
};

/** A task that has done these effects, was given back, and cancelled: whoever comes has to undo them. */
const toBeUndone = async (
  world: World,
  effects: readonly Effect[],
  options: SubmitOptions = {},
): Promise<TaskHandle> => {
  const { context } = world.waybill.engine;
  const task = await world.waybill.submit(trip, {}, options);
  const lease = await claimOf(world, task);
  const unit = new Unit(context, lease, new Reports(context, lease), 'serializable');
  for (const effect of effects) await unit.effect(effect, {});
  await unit.close();
  await releaseTask(context, lease);
  expect(await task.cancel()).toEqual({ answer: 'cancelling' });
  return task;
};

describe('an effect to be undone', () => {
  it('is left by who does not know it to who does, in its order, and costs no failure', async () => {
    const { undone, flight, hotel, log, logged } = outside();
    const knowing = await openWorld({ handlers: [trip], effects: [flight, hotel] });
    const others = await openWorld({ effects: [hotel] }, { ports: knowing.ports, log });
    const first = await toBeUndone(knowing, [flight, hotel]);
    const second = await toBeUndone(knowing, [hotel, flight]);
    const isLeft = async ({ id }: TaskHandle): Promise<boolean> =>
      ((await knowing.waybill.find(id))?.forgiven ?? 0) > 3;

    await others.work();
    await until(async () => (await isLeft(first)) && (await isLeft(second)));
    expect(undone).toEqual(['hotel']);
    for (const { id } of [first, second]) {
      const record = await knowing.waybill.find(id);
      expect(record).toMatchObject({ mode: 'rollback', verdict: 'cancelled' });
      expect(record?.unknownMs).toBeGreaterThan(0);
      expect([record?.failures, record?.undoFailures]).toEqual([undefined, undefined]);
      const ofTask = logged.filter(([, , fields]) => fields['taskId'] === id);
      expect(ofTask).toEqual([['warn', 'task.effect-unknown', { taskId: id, effect: 'flight' }]]);
    }

    await knowing.work();
    for (const task of [first, second])
      await expect(task.result({ timeoutMs: 10_000 })).rejects.toThrow('was cancelled');
    expect(undone.toSorted()).toEqual(['flight', 'flight', 'hotel', 'hotel']);
    expect((await knowing.waybill.find(first.id))?.unknownMs).toBeUndefined();
  });

  it('that nobody knows fails to be undone after a while, and an operator gives it as long again', async () => {
    const { flight, undone } = outside();
    const settings = { unknownTopicMs: 60, undoAttempts: 2 };
    const knowing = await openWorld({ handlers: [trip], effects: [flight] }, { settings });
    const others = await openWorld({}, { ports: knowing.ports, settings });
    const task = await toBeUndone(knowing, [flight]);

    const worker = await others.work();
    await until(async () => (await knowing.waybill.list({ stuck: true })).tasks.length === 1);
    await worker.stop();
    const stuck = await knowing.waybill.find(task.id);
    expect(stuck?.unknownMs).toBeGreaterThanOrEqual(60);
    const message = expect.stringMatching(/^undo: effect flight is not registered with this worker/);
    expect(stuck?.failures).toMatchObject([{ message }, { message }]);

    expect(await knowing.waybill.retry(task.id)).toEqual({ answer: 'resumed' });
    expect((await knowing.waybill.find(task.id))?.unknownMs).toBeUndefined();
    await knowing.work();
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
    expect(undone).toEqual(['flight']);
  });

  it('is left for as long again after somebody who knows it has failed to undo it', async () => {
    const { flight, refuseUndo } = outside();
    const knowing = await openWorld({ handlers: [trip], effects: [flight] });
    const others = await openWorld({}, { ports: knowing.ports });
    const task = await toBeUndone(knowing, [flight]);
    const found = () => knowing.waybill.find(task.id);
    const worker = await others.work();
    await until(async () => ((await found())?.unknownMs ?? 0) > 0);
    await worker.stop();

    refuseUndo(1_000);
    await knowing.work();
    await until(async () => ((await found())?.undoFailures ?? 0) > 0);
    expect((await found())?.unknownMs).toBeUndefined();
    refuseUndo(0);
    await expect(task.result({ timeoutMs: 10_000 })).rejects.toThrow('was cancelled');
  });

  it('is left for as long as if its topic had never been unknown', async () => {
    const { flight } = outside();
    const settings = { unknownTopicMs: 30 };
    const knowing = await openWorld({ handlers: [trip], effects: [flight] }, { settings });
    const { context } = knowing.waybill.engine;
    const task = await knowing.waybill.submit(trip, {});
    const lease = await claimOf(knowing, task);
    const unit = new Unit(context, lease, new Reports(context, lease), 'serializable');
    await unit.effect(flight, {});
    await unit.close();
    await releaseTask(context, lease);
    const others = await openWorld({}, { ports: knowing.ports, settings });
    const stranger = await others.work();
    await until(async () => ((await knowing.waybill.find(task.id))?.unknownMs ?? 0) > 0);
    await stranger.stop();

    await task.cancel();
    expect(await knowing.waybill.find(task.id)).toMatchObject({ mode: 'rollback' });
    expect((await knowing.waybill.find(task.id))?.unknownMs).toBeUndefined();
    await others.work();
    await until(async () => ((await knowing.waybill.find(task.id))?.unknownMs ?? 0) > 0);
    expect((await knowing.waybill.find(task.id))?.failures).toBeUndefined();
  });

  it('is left as well when the deadline of its task has passed', async () => {
    const { flight } = outside();
    const knowing = await openWorld({ handlers: [trip], effects: [flight] });
    const others = await openWorld({}, { ports: knowing.ports });
    const task = await toBeUndone(knowing, [flight], { deadlineAt: Date.now() + 1 });
    await until(async () => Date.now() > ((await knowing.waybill.find(task.id))?.deadlineAt ?? 0));
    await others.work();
    await until(async () => ((await knowing.waybill.find(task.id))?.unknownMs ?? 0) > 0);
    expect((await knowing.waybill.find(task.id))?.failures).toBeUndefined();
  });

  it('is left together with what the run has logged until it was cancelled', async () => {
    const { flight } = outside();
    const isGone = Promise.withResolvers<void>();
    const forgetful = defineHandler({
      topic: 'trip',
      input: nothing,
      async run(_, work) {
        await work.effect(flight, {});
        work.log.info('gone');
        isGone.resolve();
        await new Promise<void>((resolve) => work.signal.addEventListener('abort', () => resolve()));
      },
    });
    const { waybill, work } = await openWorld({ handlers: [forgetful] });
    await work();
    const task = await waybill.submit(trip, {});
    await isGone.promise;
    await task.cancel();
    await until(async () => ((await waybill.find(task.id))?.unknownMs ?? 0) > 0);
    const lines: string[] = [];
    for await (const { message } of waybill.logs(task.id)) lines.push(message);
    expect(lines).toEqual(['gone']);
  });
});
