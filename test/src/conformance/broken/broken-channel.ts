import type { Arrived, Delivery, Message, MessageChannel, Subscription } from '@waybill/core';
import { altered } from './altered.ts';
import type { Broken } from './broken.ts';

export type BrokenChannel = Broken<MessageChannel>;
export type Arrival = Delivery<Arrived>;

/** A fault that needs nothing but the client it is in. */
export const faulty = (
  fault: string,
  caughtBy: BrokenChannel['caughtBy'],
  change: (channel: MessageChannel) => Partial<MessageChannel>,
): BrokenChannel => ({ fault, caughtBy, breaker: () => (channel) => altered(channel, change(channel)) });

/** Publishes other messages than it was given. */
export const publishes =
  (change: (messages: readonly Message[]) => readonly Message[]) =>
  (channel: MessageChannel): Partial<MessageChannel> => ({
    publish: (messages) => channel.publish(change(messages)),
  });

/** Subscribes to something else than it was asked for. */
export const subscribes =
  (change: (subscription: Subscription) => Subscription) =>
  (channel: MessageChannel): Partial<MessageChannel> => ({
    subscribe: (subscription) => channel.subscribe(change(subscription)),
  });

/** Loops in another way over what arrives. */
export const loops =
  (
    loop: (
      arrivals: AsyncIterable<Arrival>,
      subscription: Subscription,
      channel: MessageChannel,
    ) => AsyncIterable<Arrival>,
  ) =>
  (channel: MessageChannel): Partial<MessageChannel> => ({
    subscribe: (subscription) => loop(channel.subscribe(subscription), subscription, channel),
  });

/** Delivers other deliveries than arrived. */
export const delivers = (change: (arrival: Arrival, subscription: Subscription) => Arrival) =>
  loops(async function* (arrivals, subscription) {
    for await (const arrival of arrivals) yield change(arrival, subscription);
  });

/** Delivers the messages that arrived with other contents. */
export const shows = (change: (message: Arrived) => Arrived) =>
  delivers((arrival) => ({ ...arrival, item: change(arrival.item) }));

/** Gives back in another way than it was told. */
export const settles = (change: (arrival: Arrival) => Partial<Arrival>) =>
  delivers((arrival, { group }) => (group === undefined ? arrival : { ...arrival, ...change(arrival) }));

/** Subscribes to everything, and hears what matches by this rule. */
export const hears =
  (matches: (pattern: string, subject: string) => boolean) =>
  (channel: MessageChannel): Partial<MessageChannel> => ({
    subscribe: async function* (subscription) {
      for await (const arrival of channel.subscribe({ ...subscription, subject: '>' }))
        if (matches(subscription.subject, arrival.item.subject)) yield arrival;
        else await arrival.commit();
    },
  });
