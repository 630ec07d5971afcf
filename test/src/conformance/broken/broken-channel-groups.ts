import { AlreadySettledError, type MessageChannel, type Subscription } from '@waybill/core';
import { without } from '../without.ts';
import { altered } from './altered.ts';
import {
  type Arrival,
  type BrokenChannel,
  faulty,
  loops,
  publishes,
  settles,
  subscribes,
} from './broken-channel.ts';

const inGroups = (change: (group: string) => string) =>
  subscribes((subscription) =>
    subscription.group === undefined ? subscription : { ...subscription, group: change(subscription.group) },
  );

/** Joins one group for all subjects with the same first word, and drops what it did not ask for. */
const hearsInGroups = (change: (pattern: string) => string) =>
  loops(async function* (arrivals, { subject, group, signal }, channel) {
    if (group === undefined) return yield* arrivals;
    for await (const arrival of channel.subscribe({ subject: `${change(subject)}.>`, group, signal })) {
      const words = subject.split('.');
      const asked = arrival.item.subject
        .split('.')
        .every((word, n) => ['*', '>', word].includes(words[n] ?? ''));
      if (asked) yield arrival;
      else await arrival.commit();
    }
  });

/** Begins a new group whenever the last member has left. */
const forgetful: BrokenChannel = {
  fault: 'forgets a group while nobody of it listens',
  caughtBy: ['CHANNEL-025', 'CHANNEL-032', 'CHANNEL-034'],
  breaker: () => {
    const members = new Map<string, number>();
    let generation = 0;
    async function* member(
      channel: MessageChannel,
      subscription: Subscription,
      group: string,
    ): AsyncIterable<Arrival> {
      const before = members.get(group) ?? 0;
      if (before === 0) generation++;
      members.set(group, before + 1);
      try {
        yield* channel.subscribe({ ...subscription, group: `${group} ${generation}` });
      } finally {
        members.set(group, (members.get(group) ?? 1) - 1);
      }
    }
    return (channel) =>
      altered(channel, {
        subscribe: (subscription) => {
          const { group } = subscription;
          return group === undefined ? channel.subscribe(subscription) : member(channel, subscription, group);
        },
      });
  },
};

/** Takes ahead as many as it can, and commits each when it takes it. */
const hoards = loops(async function* (arrivals, { group }) {
  if (group === undefined) return yield* arrivals;
  const taken: Arrival[] = [];
  let bell = Promise.withResolvers<void>();
  let ended = false;
  const pump = (async () => {
    for await (const arrival of arrivals) {
      await arrival.commit();
      taken.push({ ...arrival, commit: async () => undefined, rollback: async () => undefined });
      bell.resolve();
    }
    ended = true;
    bell.resolve();
  })();
  for (;;) {
    if (ended) return await pump;
    const [first] = taken.splice(0, 1);
    if (first !== undefined) yield first;
    else {
      await bell.promise;
      bell = Promise.withResolvers();
    }
  }
});

const settledOnce = (arrival: Arrival): Partial<Arrival> => {
  let settled = false;
  const once = (settle: () => Promise<void>): Promise<void> => {
    if (settled) return Promise.reject(new AlreadySettledError('settled already'));
    settled = true;
    return settle();
  };
  return {
    commit: () => once(() => arrival.commit()),
    rollback: (next) => once(() => arrival.rollback(next)),
  };
};

const settledAnyhow = (arrival: Arrival): Partial<Arrival> => {
  let settled = false;
  const first = async (settle: () => Promise<void>): Promise<void> => {
    if (settled) return;
    settled = true;
    await settle();
  };
  return {
    commit: () => first(() => arrival.commit()),
    rollback: (next) => first(() => arrival.rollback(next)),
  };
};

/** Faults of groups. */
export const brokenGroups: readonly BrokenChannel[] = [
  faulty(
    'delivers to every member of a group',
    ['CHANNEL-022', 'CHANNEL-031'],
    subscribes((subscription) => without(subscription, 'group')),
  ),
  faulty(
    'delivers twice to a group',
    ['CHANNEL-022', 'CHANNEL-023', 'CHANNEL-024'],
    loops(async function* (arrivals, { group }) {
      for await (const arrival of arrivals) {
        yield arrival;
        if (group !== undefined) yield arrival;
      }
    }),
  ),
  faulty(
    'has one group for all',
    ['CHANNEL-023', 'CHANNEL-029', 'CHANNEL-035'],
    inGroups(() => 'all'),
  ),
  faulty(
    'makes names of groups plain',
    ['CHANNEL-035'],
    inGroups((group) => group.replace(/\W/g, '_')),
  ),
  faulty(
    'has one group for one name, whatever its subject',
    ['CHANNEL-054'],
    hearsInGroups((pattern) => pattern.split('.')[0] ?? '>'),
  ),
  faulty(
    'delivers hints twice to a group',
    ['CHANNEL-055'],
    loops(async function* (arrivals, { group }) {
      for await (const arrival of arrivals) {
        yield arrival;
        if (group !== undefined && arrival.item.hint === true) yield arrival;
      }
    }),
  ),
  faulty(
    'keeps hints for a group like all messages',
    ['CHANNEL-055'],
    publishes((messages) => messages.map((message) => without(message, 'hint'))),
  ),
  faulty(
    'ignores where a group is told to begin',
    ['CHANNEL-053'],
    subscribes((subscription) =>
      subscription.group === undefined ? subscription : without(subscription, 'from'),
    ),
  ),
  faulty(
    'mends names of groups',
    ['CHANNEL-053'],
    inGroups((group) => group.toWellFormed().replaceAll('\0', '').slice(0, 255) || 'g'),
  ),
  forgetful,
  faulty(
    'forgets what a group has committed',
    ['CHANNEL-026'],
    settles((arrival) => ({ commit: async () => undefined, rollback: (next) => arrival.rollback(next) })),
  ),
  faulty(
    'drops what is rolled back to retry',
    ['CHANNEL-027', 'CHANNEL-028'],
    settles((arrival) => ({ rollback: () => arrival.rollback({ to: 'drop' }) })),
  ),
  faulty(
    'drops what is rolled back with a delay',
    ['CHANNEL-028'],
    settles((arrival) => ({
      rollback: (next) =>
        arrival.rollback(next.to === 'retry' && next.delayMs !== undefined ? { to: 'drop' } : next),
    })),
  ),
  faulty(
    'retries what is to be dropped',
    ['CHANNEL-029'],
    settles((arrival) => ({ rollback: () => arrival.rollback({ to: 'retry' }) })),
  ),
  faulty('refuses to settle again', ['CHANNEL-030'], settles(settledOnce)),
  faulty('accepts any settlement after the first', ['CHANNEL-030'], settles(settledAnyhow)),
  faulty('commits to the backend what it takes ahead', ['CHANNEL-032', 'CHANNEL-033', 'CHANNEL-027'], hoards),
  faulty(
    'commits what it delivers',
    ['CHANNEL-033', 'CHANNEL-027'],
    loops(async function* (arrivals) {
      for await (const arrival of arrivals) {
        await arrival.commit();
        yield { ...arrival, commit: async () => undefined, rollback: async () => undefined };
      }
    }),
  ),
];
