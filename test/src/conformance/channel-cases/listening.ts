import assert from 'node:assert/strict';
import type { Arrived, Delivery, Message, MessageChannel, Subscription } from '@waybill/core';
import { eventually, stillness, turn, within } from '../time.ts';
import type { World } from '../world.ts';

/** A loop over a subscription, and what it has got so far. */
export interface Listener {
  readonly deliveries: readonly Delivery<Arrived>[];
  /** Resolves when the loop has ended, rejects if it threw. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface Listening extends Omit<Subscription, 'signal'> {
  /** What to do with each delivery before asking for the next. Default: commit. */
  readonly settle?: (delivery: Delivery<Arrived>) => Promise<void>;
}

const startMs = 10_000;

/** How many that should not have arrived a failure names. */
const tooMany = 10;

/** Starts a loop and resolves when it misses nothing any more. It ends with the case at the latest. */
export const listen = async (
  world: World<MessageChannel>,
  channel: MessageChannel,
  { settle = (delivery) => delivery.commit(), onReady, ...subscription }: Listening,
): Promise<Listener> => {
  const own = new AbortController();
  const signal = AbortSignal.any([own.signal, world.signal]);
  const deliveries: Delivery<Arrived>[] = [];
  const ready = Promise.withResolvers<void>();
  const loop = async (): Promise<void> => {
    const isReady = (): void => {
      onReady?.();
      ready.resolve();
    };
    for await (const delivery of channel.subscribe({ ...subscription, signal, onReady: isReady })) {
      deliveries.push(delivery);
      await settle(delivery);
      if (deliveries.length % 50 === 0) await turn();
    }
  };
  const ended = loop();
  await within(startMs, `onReady of ${subscription.subject}`, Promise.race([ready.promise, ended]));
  ended.catch(() => undefined); // who cares awaits `ended`
  const stop = (): Promise<void> => {
    own.abort();
    return within(startMs, 'the loop to end', ended);
  };
  return { deliveries, ended, stop };
};

export const message = (id: string, subject: string, more: Partial<Message> = {}): Message => ({
  id,
  subject,
  body: { id },
  ...more,
});

/** `m0000`, `m0001`, … */
export const numbered = (count: number, subject: string, more: Partial<Message> = {}): Message[] =>
  Array.from({ length: count }, (_, n) => message(`m${String(n).padStart(4, '0')}`, subject, more));

export const idsOf = (messages: readonly Message[]): string[] => messages.map(({ id }) => id);
export const arrivedIds = ({ deliveries }: Listener): string[] => deliveries.map(({ item }) => item.id);

/** Waits until this many deliveries have arrived. */
export const arrive = async (listener: Listener, count: number, ms?: number): Promise<void> => {
  const what = `message ${count}, after ${listener.deliveries.length}`;
  await eventually(what, () => listener.deliveries.length >= count, ms);
};

/** Asserts that these messages arrive in this order, and then nothing more. */
export const arrivesExactly = async (
  world: World<MessageChannel>,
  listener: Listener,
  ids: readonly string[],
): Promise<void> => {
  try {
    await arrive(listener, ids.length);
  } finally {
    // Also when it waited in vain: which ones arrived says more than how many.
    if (listener.deliveries.length < ids.length) assert.deepEqual(arrivedIds(listener), ids);
  }
  await stillness(world.quietMs);
  // Not all of a stream without end: to tell the difference would take longer than any deadline.
  assert.deepEqual(arrivedIds(listener).slice(0, ids.length + tooMany), ids);
};
