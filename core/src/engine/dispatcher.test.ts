import { expect, test } from 'vitest';
import type { QueueName, Ticket } from '../broker.ts';
import type { Page, Query, Stored } from '../store.ts';
import { Dispatcher } from './dispatcher.ts';
import { defaultSettings } from './settings.ts';
import { placeOf, taskKey } from './task-record.ts';
import { TicketWindow } from './ticket-window.ts';

const tickets = (rank: number, ...ids: readonly string[]): Ticket[] =>
  ids.map((taskId) => ({ tenant: 'acme', taskId, queue: 'normal', rank, epoch: 0 }));

const waitingTask = (n: number): Stored => ({
  key: taskKey('acme', `old ${n}`),
  version: 1,
  fields: { queue: 'normal', at: placeOf(5, n), epoch: 0 },
});

/** A window of eight tickets before an empty broker that only counts; so many tasks of rank 5 wait in the store alone. */
const open = (waiting: number) => {
  const sent: string[] = [];
  const world = { waiting };
  const find = async ({ equals, limit, after = '0' }: Query): Promise<Page> => {
    const from = Number(after);
    const count = equals[1] === 'normal' ? world.waiting : 0;
    const documents = Array.from({ length: Math.min(limit, count - from) }, (_, i) => waitingTask(from + i));
    const end = from + documents.length;
    return { documents, ...(end < count && { next: String(end) }) };
  };
  const parts = {
    broker: {
      enqueue: async (given: readonly Ticket[]) => void sent.push(...given.map(({ taskId }) => taskId)),
      depth: async () => new Map<QueueName, number>(),
    },
    store: { find },
    clock: { now: () => 10_000 },
    runtime: { monotonic: () => 0 },
    settings: { ...defaultSettings, window: 8 },
    points: { reach: () => undefined },
    log: () => undefined,
  };
  // Of all these they need nothing else.
  const window = new TicketWindow(parts as unknown as ConstructorParameters<typeof TicketWindow>[0]);
  const context = { ...parts, tickets: window };
  const dispatcher = new Dispatcher(context as unknown as ConstructorParameters<typeof Dispatcher>[0]);
  const offer = async (...given: readonly Ticket[]): Promise<readonly string[]> => {
    sent.length = 0;
    window.offer(given);
    await window.idle();
    return [...sent];
  };
  return { dispatcher, offer, sent, world };
};

test('a refill that does not reach the end of a backlog lets only what is more urgent pass it', async () => {
  const { dispatcher, offer, sent, world } = open(30);
  await dispatcher.refill();
  expect(sent).toEqual(Array.from({ length: 8 }, (_, n) => `old ${n}`));
  expect(dispatcher.backlogged).toBe(true);
  expect(await offer(...tickets(5, 'as urgent'), ...tickets(4, 'less'), ...tickets(6, 'more'))).toEqual([
    'more',
  ]);

  world.waiting = 3;
  await dispatcher.refill();
  expect(dispatcher.backlogged).toBe(false);
  expect(await offer(...tickets(5, 'as urgent'))).toEqual(['as urgent']);
});
