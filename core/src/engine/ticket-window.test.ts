import { expect, test, vi } from 'vitest';
import type { QueueName, Ticket } from '../broker.ts';
import { defaultSettings } from './settings.ts';
import { TicketWindow } from './ticket-window.ts';

const ticket = (taskId: string, rank = 5): Ticket => ({
  tenant: 'acme',
  taskId,
  queue: 'normal',
  rank,
  epoch: 0,
});

/** A window of eight tickets before a broker that only counts, with a clock of its own. */
const open = () => {
  const sent: string[] = [];
  const calls: string[][] = [];
  let held: Promise<void> | undefined;
  /** Calls from now on wait until it is released. */
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  const world = { now: 0, depth: 0 };
  let isSilent = false;
  const silence = new Promise<never>(() => undefined);
  const fallSilent = (): void => {
    isSilent = true;
  };
  const broker = {
    enqueue: async (tickets: readonly Ticket[]) => {
      const ids = tickets.map(({ taskId }) => taskId);
      calls.push(ids);
      await held;
      sent.push(...ids);
    },
    depth: async () => (isSilent ? silence : new Map<QueueName, number>([['normal', world.depth]])),
  };
  const parts = {
    broker,
    runtime: { monotonic: () => world.now },
    settings: { ...defaultSettings, window: 8 },
    points: { reach: () => undefined },
    log: () => undefined,
  };
  // Of all these it needs nothing else.
  const window = new TicketWindow(parts as unknown as ConstructorParameters<typeof TicketWindow>[0]);
  const offer = async (...tickets: Ticket[]): Promise<readonly string[]> => {
    sent.length = 0;
    window.offer(tickets);
    await window.idle();
    return [...sent];
  };
  const at = async (now: number, depth: number): Promise<void> => {
    world.now = now;
    world.depth = depth;
    await window.measure();
  };
  return { window, offer, at, world, fallSilent, calls, hold };
};

/** Full, and one ticket was left out. */
const full = async () => {
  const opened = open();
  await opened.at(0, 7);
  expect(await opened.offer(ticket('last'), ticket('left out'))).toEqual(['last']);
  return opened;
};

test('what does not fit is left out, and what comes later does not overtake it when there is room', async () => {
  const { window, offer, at } = await full();
  await at(50, 5);
  expect(await offer(ticket('later'))).toEqual([]);
  expect(window.declined('normal')).toBe(true);
});

test('what is more urgent than all that was left out is sent', async () => {
  const { offer, at } = await full();
  await at(50, 5);
  expect(await offer(ticket('urgent', 7), ticket('later'), ticket('as urgent', 7))).toEqual([
    'urgent',
    'as urgent',
  ]);
});

test('a refill that found no more opens it again, one that found more says which rank waits', async () => {
  const { window, offer, at } = await full();
  await at(50, 2);
  window.holdBack('normal', 3);
  expect(await offer(ticket('low', 3), ticket('higher', 4))).toEqual(['higher']);
  window.accept('normal');
  expect(await offer(ticket('low', 3))).toEqual(['low']);
});

test('a window that stays low has no backlog behind it', async () => {
  const { offer, at } = await full();
  await at(100, 2);
  expect(await offer(ticket('a'))).toEqual([]);
  await at(250, 2);
  expect(await offer(ticket('b'))).toEqual([]);
  await at(299, 3); // refilled meanwhile
  await at(300, 2);
  expect(await offer(ticket('c'))).toEqual([]);
  await at(500, 2);
  expect(await offer(ticket('d'))).toEqual(['d']);
});

test('what was measured long ago keeps nothing out', async () => {
  const { offer, world } = await full();
  world.now = 1_000;
  expect(await offer(ticket('later'))).toEqual([]);
  world.now = 2_001;
  expect(await offer(ticket('much later'))).toEqual(['much later']);
});

test('what is less urgent and is left out, too, lets nothing pass that the rest does not', async () => {
  const { offer, at } = open();
  await at(0, 8);
  await offer(ticket('left out', 7));
  await at(50, 5);
  await offer(ticket('low', 3));
  expect(await offer(ticket('between', 6), ticket('urgent', 8))).toEqual(['urgent']);
});

test('a broker that is slow to tell its depth is not sent more than a window meanwhile', async () => {
  const { offer, world, fallSilent } = open();
  fallSilent();
  world.now = 5_000;
  const many = Array.from({ length: 6 }, (_, n) => ticket(String(n)));
  expect(await offer(...many)).toHaveLength(6);
  expect(await offer(...many)).toHaveLength(2);
  expect(await offer(...many)).toHaveLength(0);
});

test('what is offered while a call is on its way goes with the next one, and once', async () => {
  const { window, calls, hold } = open();
  const release = hold();
  window.offer([ticket('a')]);
  window.offer([ticket('b'), ticket('c')]);
  await vi.waitFor(() => expect(calls).toEqual([['a', 'b', 'c']]));
  window.offer([ticket('d')]);
  window.offer([ticket('e')]);
  release();
  await window.idle();
  window.offer([ticket('f')]);
  await window.idle();
  expect(calls).toEqual([['a', 'b', 'c'], ['d', 'e'], ['f']]);
});
