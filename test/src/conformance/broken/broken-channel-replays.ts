import type { MessageChannel, Subscription } from '@waybill/core';
import { without } from '../without.ts';
import { altered } from './altered.ts';
import { type BrokenChannel, faulty, loops, shows, subscribes } from './broken-channel.ts';

const replaying = ({ from = 'now' }: Subscription): boolean => from !== 'now';

/** Knows which cursor came before each, and begins there. */
const includesCursor = (channel: MessageChannel): Partial<MessageChannel> => {
  const before = new Map<string, string | undefined>();
  return {
    subscribe: async function* (subscription) {
      const { from } = subscription;
      const earlier = typeof from === 'object' ? before.get(from.after) : undefined;
      const begin = earlier === undefined ? ('start' as const) : { after: earlier };
      let last: string | undefined;
      for await (const arrival of channel.subscribe({
        ...subscription,
        ...(typeof from === 'object' && { from: begin }),
      })) {
        const { cursor } = arrival.item;
        if (cursor !== undefined && !before.has(cursor)) before.set(cursor, last);
        last = cursor;
        yield arrival;
      }
    },
  };
};

/** Numbers what it delivers, for each client by itself. */
const ownCursors = (channel: MessageChannel): Partial<MessageChannel> => {
  const real: string[] = [];
  const known = (after: string): string => real[Number(after)] ?? real[0] ?? after;
  return {
    subscribe: async function* (subscription) {
      const { from } = subscription;
      const begin = typeof from === 'object' ? { after: known(from.after) } : from;
      for await (const arrival of channel.subscribe({ ...subscription, ...(begin && { from: begin }) })) {
        const { cursor } = arrival.item;
        if (cursor !== undefined) real.push(cursor);
        yield {
          ...arrival,
          item: { ...arrival.item, ...(cursor !== undefined && { cursor: String(real.length - 1) }) },
        };
      }
    },
  };
};

const forgetsLog: BrokenChannel = {
  fault: 'forgets what was published when a client closes',
  caughtBy: ['CHANNEL-041'],
  breaker: () => {
    let kept = new Set<string>();
    return (channel) =>
      altered(channel, {
        publish: (messages) => {
          for (const { id } of messages) kept.add(id);
          return channel.publish(messages);
        },
        close: () => {
          kept = new Set();
          return channel.close();
        },
        ...loops(async function* (arrivals) {
          for await (const arrival of arrivals) if (kept.has(arrival.item.id)) yield arrival;
        })(channel),
      });
  },
};

/** Faults in beginning before now. */
export const brokenReplays: readonly BrokenChannel[] = [
  faulty(
    'begins after the first from start',
    ['CHANNEL-036', 'CHANNEL-039'],
    loops(async function* (arrivals, { from }) {
      let first = from === 'start';
      for await (const arrival of arrivals)
        if (first) first = false;
        else yield arrival;
    }),
  ),
  faulty(
    'begins with the message of the cursor',
    ['CHANNEL-037', 'CHANNEL-038', 'CHANNEL-041'],
    includesCursor,
  ),
  faulty(
    'begins one after the message that follows the cursor',
    ['CHANNEL-037', 'CHANNEL-038'],
    loops(async function* (arrivals, { from }) {
      let first = typeof from === 'object';
      for await (const arrival of arrivals)
        if (first) first = false;
        else yield arrival;
    }),
  ),
  faulty('has cursors for each client alone', ['CHANNEL-038'], ownCursors),
  faulty(
    'has no cursors',
    ['CHANNEL-037', 'CHANNEL-038'],
    shows((message) => without(message, 'cursor')),
  ),
  faulty(
    'replays subjects but no patterns',
    ['CHANNEL-040'],
    subscribes((subscription) =>
      subscription.subject.includes('*') ? without(subscription, 'from') : subscription,
    ),
  ),
  faulty(
    'takes a cursor of a pattern for the start',
    ['CHANNEL-056'],
    subscribes((subscription) =>
      subscription.subject.includes('*') && replaying(subscription)
        ? { ...subscription, from: 'start' }
        : subscription,
    ),
  ),
  faulty(
    'has a cursor of a pattern stand for its own subject alone',
    ['CHANNEL-056'],
    loops(async function* (arrivals, { from }) {
      let last: string | undefined;
      for await (const arrival of arrivals) {
        last ??= typeof from === 'object' ? arrival.item.subject : undefined;
        if (last === undefined || arrival.item.subject === last) yield arrival;
      }
    }),
  ),
  faulty(
    'stops when it has replayed',
    ['CHANNEL-040'],
    loops(async function* (arrivals, subscription) {
      let count = 0;
      for await (const arrival of arrivals) if (!replaying(subscription) || ++count <= 4) yield arrival;
    }),
  ),
  forgetsLog,
];

/** Faults of a channel that declares no replay. */
export const brokenWithoutReplay: readonly BrokenChannel[] = [
  faulty(
    'begins now where it is asked to begin earlier',
    ['CHANNEL-042'],
    subscribes((subscription) => without(subscription, 'from')),
  ),
  faulty(
    'has cursors though it cannot begin at one',
    ['CHANNEL-042'],
    shows((message) => ({ ...message, cursor: message.id })),
  ),
];
