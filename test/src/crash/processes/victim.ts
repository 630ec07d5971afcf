import { claimTask, type PointName, type TaskHandle, type Waybill } from '@waybill/core';
import { startWorker, type Worker } from '@waybill/workers';
import { Client } from '../client.ts';
import { type Deployment, openDeployment, Trap } from '../deployment.ts';
import type { Intent } from '../diary.ts';
import { until } from '../until.ts';

const options = { shutdownMs: 50 };
/** How often a worker is stopped at work, until the process comes by its point. */
const stops = 5;

export interface VictimOrders {
  readonly point: PointName;
  readonly hit: number;
}

/**
 * Does everything that can be done to a task, at least twice, until it comes by the point where it has to kill
 * itself. That it lives to the end means that nothing here reaches the point.
 */
export const beVictim = async (deployment: Deployment, { point, hit }: VictimOrders): Promise<void> => {
  const trap = new Trap(point, hit);
  const waybill = await openDeployment(deployment, { points: trap });
  const client = new Client(waybill, deployment.folder, 'victim');
  for (const intent of abandoned) await abandon(waybill, await client.submit(intent));
  trap.arm();
  const worker = await startWorker(waybill, options);
  const tasks: TaskHandle[] = [];
  for (const intent of ordinary) tasks.push(await client.submit(intent));
  await cancelSome(waybill, client);
  await until('all is done', async () => (await Promise.all(tasks.map(isOver))).every(Boolean));
  await stopAtWork(worker, client, 0);
  // On a slow machine a lease may have run out before, so that there was nothing to give back.
  for (let again = 1; again < stops; again++)
    await stopAtWork(await startWorker(waybill, options), client, again);
  const stranger = await openDeployment(deployment, { points: trap, isStranger: true });
  await bePutOff({ waybill, stranger }, client, await leaveUndone(waybill, client));
  await waybill.close();
};

const stopAtWork = async (worker: Worker, client: Client, time: number): Promise<void> => {
  const restless = restlessAt(time);
  await Promise.all(restless.map((intent) => client.submit(intent)));
  await until('the restless are running', () => worker.running >= restless.length);
  await worker.stop();
};

/** Its effect is on, its worker has stopped, and then it is cancelled: whoever comes has to undo it. */
const leaveUndone = async (waybill: Waybill, client: Client): Promise<TaskHandle> => {
  const worker = await startWorker(waybill, options);
  const task = await client.submit(cancelled.unfamiliar);
  const isOn = async (): Promise<boolean> => (await waybill.find(task.id))?.journal?.[0]?.state === 'done';
  await until('its effect is on', isOn);
  await worker.stop();
  await client.cancel(task.id);
  return task;
};

/** Nobody is left who knows the effect, then the topic: who comes by does not. */
const bePutOff = async (
  { waybill, stranger }: { readonly waybill: Waybill; readonly stranger: Waybill },
  client: Client,
  undone: TaskHandle,
): Promise<void> => {
  const worker = await startWorker(stranger, options);
  const arePutOff = async (tasks: readonly TaskHandle[]): Promise<boolean> => {
    const found = await Promise.all(tasks.map(({ id }) => waybill.find(id)));
    return found.every((record) => record?.unknownMs !== undefined);
  };
  await until('its undo is put off', () => arePutOff([undone]));
  const tasks = await Promise.all(unfamiliar.map((intent) => client.submit(intent)));
  await until('they are put off', () => arePutOff(tasks));
  await worker.stop();
  await stranger.close();
};

/** A far one, one at work, one that is over. */
const cancelSome = async (waybill: Waybill, client: Client): Promise<void> => {
  const [far, working, over] = [
    await client.submit(cancelled.far),
    await client.submit(cancelled.working),
    await client.submit(cancelled.over),
  ];
  await client.cancel(far.id);
  await until('it is at work', async () => (await waybill.find(working.id))?.phase === 'held');
  await client.cancel(working.id);
  await until('it is over', () => isOver(over));
  await client.cancel(over.id);
};

/** Claims it in the name of a worker that is then never heard of again. */
const abandon = async (waybill: Waybill, { id, tenant }: TaskHandle): Promise<void> => {
  const ticket = { tenant, taskId: id, queue: 'normal', rank: 5, epoch: 0 } as const;
  await claimTask(waybill.engine.context, ticket, 'a-dead-worker');
};

const isOver = async (task: TaskHandle): Promise<boolean> =>
  ['completed', 'failed', 'cancelled', 'unknown'].includes(await task.status());

const named = (label: string, ...steps: Intent['plan']['steps']): Intent => ({
  key: label,
  plan: { label, steps },
});

const move = (from: string, to: string, amount: number) => ({ do: 'transfer', from, to, amount }) as const;

const abandoned: readonly Intent[] = [
  named('abandoned-1', move('a', 'b', 5), { do: 'twin', name: 'x' }),
  named('abandoned-2', { do: 'effect', kind: 'repeated' }, { do: 'publish', count: 1 }),
];

const ordinary: readonly Intent[] = [
  named(
    'plain-1',
    { do: 'tell' },
    move('a', 'b', 10),
    { do: 'twin', name: 'x' },
    { do: 'publish', count: 2 },
  ),
  named('plain-2', move('b', 'c', 7), { do: 'twin', name: 'x' }, { do: 'publish', count: 1 }),
  named('acting-1', { do: 'effect', kind: 'repeated' }, { do: 'effect', kind: 'checked' }, move('c', 'a', 3)),
  named('acting-2', { do: 'effect', kind: 'undone-in-doubt' }, { do: 'publish', count: 1 }),
  named('slow', { do: 'wait', ms: 900 }, move('a', 'c', 2), { do: 'twin', name: 'y' }),
  named('fails-once', move('a', 'b', 100), { do: 'publish', count: 1 }, { do: 'fail', until: 1 }),
  named('fails-for-good', move('a', 'b', 1000), { do: 'fail', until: 9, forGood: true }),
  named(
    'undoes-once',
    { do: 'effect', kind: 'repeated' },
    { do: 'effect', kind: 'checked' },
    { do: 'fail', until: 1 },
    move('b', 'a', 4),
  ),
  named(
    'undoes-for-good',
    { do: 'effect', kind: 'repeated', refusals: 1 },
    move('a', 'b', 1000),
    { do: 'publish', count: 1 },
    { do: 'fail', until: 9, forGood: true },
  ),
  named(
    'parent',
    { do: 'spawn', plan: named('child', move('c', 'b', 6), { do: 'publish', count: 1 }).plan },
    { do: 'spawn', plan: named('late-child', { do: 'twin', name: 'y' }).plan, delayMs: 150 },
    { do: 'spawn', plan: named('keyed-child', move('a', 'b', 1)).plan, key: 'keyed-child' },
  ),
  named(
    'childless',
    { do: 'spawn', plan: named('never', move('a', 'b', 1000)).plan },
    { do: 'fail', until: 9, forGood: true },
  ),
  { ...named('due-soon', { do: 'twin', name: 'x', remove: true }), delayMs: 100 },
];

const cancelled = {
  far: { ...named('far', move('a', 'b', 1000)), delayMs: 3_600_000, cancels: true },
  working: {
    ...named(
      'working',
      { do: 'effect', kind: 'repeated' },
      { do: 'effect', kind: 'checked' },
      { do: 'wait', ms: 10_000, once: true },
    ),
    cancels: true,
  },
  unfamiliar: {
    ...named('unfamiliar-undo', { do: 'effect', kind: 'repeated' }, { do: 'wait', ms: 10_000, once: true }),
    cancels: true,
  },
  over: { ...named('over', move('a', 'b', 1)), cancels: true },
} satisfies Record<string, Intent>;

const unfamiliar: readonly Intent[] = [
  named('unfamiliar-1', { do: 'effect', kind: 'repeated' }, move('b', 'a', 8), { do: 'publish', count: 1 }),
  named('unfamiliar-2', { do: 'tell' }, { do: 'twin', name: 'y' }),
];

/** Still at work when the worker is told to stop for that time. */
const restlessAt = (time: number): readonly Intent[] => [
  named(`restless-${time}-1`, { do: 'effect', kind: 'repeated' }, { do: 'wait', ms: 10_000, once: true }),
  named(`restless-${time}-2`, move('c', 'a', 1), { do: 'wait', ms: 10_000, once: true }),
];
