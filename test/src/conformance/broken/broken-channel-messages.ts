import { type Json, type Message, type MessageChannel, PayloadError } from '@waybill/core';
import { stillness } from '../time.ts';
import { without } from '../without.ts';
import {
  type Arrival,
  type BrokenChannel,
  faulty,
  hears,
  loops,
  publishes,
  shows,
  subscribes,
} from './broken-channel.ts';

const parsed = (body: Json): Json => {
  try {
    return typeof body === 'string' ? JSON.parse(body) : body;
  } catch {
    return body; // most text is not JSON
  }
};

const assigned = (body: Json): Json => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const copy: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(body)) copy[name] = value;
  return copy as Json; // what it was copied from is JSON
};

/** Takes from the backend whatever comes, and forgets what does not fit into its buffer. */
const dropping = (size: number) =>
  loops(async function* (arrivals) {
    const buffer: Arrival[] = [];
    let bell = Promise.withResolvers<void>();
    let ended = false;
    const pump = (async () => {
      for await (const arrival of arrivals) {
        if (buffer.length < size) buffer.push(arrival);
        bell.resolve();
      }
      ended = true;
      bell.resolve();
    })();
    while (!ended || buffer.length > 0) {
      yield* buffer.splice(0, 1);
      if (buffer.length > 0 || ended) continue;
      await bell.promise;
      bell = Promise.withResolvers();
    }
    await pump;
  });

const readyEarly = (channel: MessageChannel): Partial<MessageChannel> => ({
  subscribe: async function* ({ onReady, ...subscription }) {
    onReady?.();
    await stillness(20);
    yield* channel.subscribe(subscription);
  },
});

/** A word * stands for one word, as it should; `rest` says how many a last > may stand for. */
const matching =
  (rest: (words: number) => boolean, sameWord = (a: string, b: string): boolean => a === b) =>
  (pattern: string, subject: string): boolean => {
    const words = subject.split('.');
    const asked = pattern.split('.');
    const open = asked.at(-1) === '>';
    const fixed = open ? asked.slice(0, -1) : asked;
    const fits = fixed.every(
      (word, n) => words[n] !== undefined && (word === '*' || sameWord(word, words[n])),
    );
    return fits && (open ? rest(words.length - fixed.length) : words.length === fixed.length);
  };

const mended = (subject: string): string =>
  subject
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .split('.')
    .filter(Boolean)
    .join('.')
    .slice(0, 255) || 'none';

const plain = (body: Json): Json => {
  try {
    return JSON.parse(JSON.stringify(body));
  } catch {
    return null; // neither bigints nor circles have JSON
  }
};

const cleaned = (text: string): string => text.toWellFormed().replaceAll('\0', '').slice(0, 512);

const backwards = publishes((messages) => messages.toReversed());

/** Faults in what arrives at whom. */
export const brokenMessages: readonly BrokenChannel[] = [
  faulty(
    'forgets the key of a message',
    ['CHANNEL-001'],
    shows((message) => without(message, 'key')),
  ),
  faulty(
    'has ids of its own',
    ['CHANNEL-001', 'CHANNEL-002'],
    shows((message) => ({ ...message, id: `${message.id}-1` })),
  ),
  faulty(
    'broadcasts to one',
    ['CHANNEL-002', 'CHANNEL-010'],
    subscribes((subscription) => ({ group: 'everybody', ...without(subscription, 'from') })),
  ),
  faulty(
    'tells new subscribers what was before them',
    ['CHANNEL-003', 'CHANNEL-050'],
    subscribes((subscription) =>
      subscription.group === undefined ? { from: 'start', ...subscription } : subscription,
    ),
  ),
  faulty('is ready before it listens', ['CHANNEL-004', 'CHANNEL-002'], readyEarly),
  faulty(
    'is ready again with each message',
    ['CHANNEL-005'],
    loops(async function* (arrivals, { onReady }) {
      for await (const arrival of arrivals) {
        onReady?.();
        yield arrival;
      }
    }),
  ),
  faulty(
    'publishes a batch backwards',
    ['CHANNEL-006', 'CHANNEL-007', 'CHANNEL-009', 'CHANNEL-024'],
    backwards,
  ),
  faulty(
    'keeps no order where there is no key',
    ['CHANNEL-007'],
    publishes((messages) =>
      messages.some(({ key }) => key !== undefined) ? messages : messages.toReversed(),
    ),
  ),
  faulty(
    'parses bodies that look like JSON',
    ['CHANNEL-008'],
    shows((message) => ({ ...message, body: parsed(message.body) })),
  ),
  faulty(
    'copies bodies by assignment',
    ['CHANNEL-008'],
    shows((message) => ({ ...message, body: assigned(message.body) })),
  ),
  faulty(
    'publishes the first 500 of a batch',
    ['CHANNEL-009'],
    publishes((messages) => messages.slice(0, 500)),
  ),
  faulty(
    'cuts text at 64 KiB',
    ['CHANNEL-009'],
    publishes((messages) =>
      messages.map((message) =>
        typeof message.body === 'string' ? { ...message, body: message.body.slice(0, 65_536) } : message,
      ),
    ),
  ),
  faulty('forgets what a slow reader does not take in time', ['CHANNEL-010'], dropping(1_000)),
  faulty('does not wait for the loop', ['CHANNEL-010'], dropping(1)),
  faulty(
    'brings back what is rolled back without a group',
    ['CHANNEL-011'],
    loops(async function* (arrivals, { group }) {
      for await (const arrival of arrivals) {
        let again = false;
        yield { ...arrival, rollback: async (next) => void (again = next.to === 'retry') };
        if (again && group === undefined) yield arrival;
      }
    }),
  ),
  faulty('drops a batch in which it knows the first', ['CHANNEL-012'], (channel) => {
    const known = new Set<string>();
    return {
      publish: async (messages) => {
        if (messages[0] !== undefined && known.has(messages[0].id)) return;
        for (const { id } of messages) known.add(id);
        await channel.publish(messages);
      },
    };
  }),
  faulty(
    'drops hints',
    ['CHANNEL-013'],
    publishes((messages) => messages.filter(({ hint }) => !hint)),
  ),
  faulty(
    'does not say that a hint is one',
    ['CHANNEL-013'],
    shows((message) => without(message, 'hint')),
  ),
  faulty(
    'keeps hints like all messages',
    ['CHANNEL-013', 'CHANNEL-039'],
    publishes((messages) => messages.map((message) => without(message, 'hint'))),
  ),
  faulty('refuses to publish nothing', ['CHANNEL-014'], (channel) => ({
    publish: async (messages) => {
      if (messages.length === 0) throw new PayloadError('there is nothing to publish');
      await channel.publish(messages);
    },
  })),
  faulty(
    'takes a last * for any number of words',
    ['CHANNEL-016', 'CHANNEL-017'],
    subscribes((subscription) => ({ ...subscription, subject: subscription.subject.replace(/\*$/, '>') })),
  ),
  faulty(
    'takes > for no word as well',
    ['CHANNEL-016', 'CHANNEL-017'],
    hears(matching((words) => words >= 0)),
  ),
  faulty('takes > for one word', ['CHANNEL-016', 'CHANNEL-017'], hears(matching((words) => words === 1))),
  faulty(
    'ignores the case of subjects',
    ['CHANNEL-016', 'CHANNEL-017'],
    hears(
      matching(
        (words) => words > 0,
        (a, b) => a.toLowerCase() === b.toLowerCase(),
      ),
    ),
  ),
  faulty(
    'takes a subject for a prefix',
    ['CHANNEL-016', 'CHANNEL-017'],
    hears(
      (pattern, subject) =>
        matching((words) => words > 0)(pattern, subject) ||
        (!/[*>]/.test(pattern) && subject.startsWith(pattern)),
    ),
  ),
  faulty(
    'delivers once for each way in which a pattern matches',
    ['CHANNEL-018'],
    loops(async function* (arrivals, { subject }) {
      for await (const arrival of arrivals) {
        yield arrival;
        if (/\*.*>/.test(subject)) yield arrival;
      }
    }),
  ),
  faulty(
    'has room for 128 characters in a subject',
    ['CHANNEL-019'],
    publishes((messages) => {
      if (messages.some(({ subject }) => subject.length > 128))
        throw new PayloadError('the subject is too long');
      return messages;
    }),
  ),
  faulty(
    'mends subjects',
    ['CHANNEL-020'],
    publishes((messages) => messages.map((message) => ({ ...message, subject: mended(message.subject) }))),
  ),
  faulty(
    'takes patterns for subjects',
    ['CHANNEL-020'],
    publishes((messages) =>
      messages.map((message): Message => ({ ...message, subject: message.subject.replace(/[*>]/g, 'any') })),
    ),
  ),
  faulty(
    'mends messages',
    ['CHANNEL-052'],
    publishes((messages) =>
      messages.map(
        ({ key, ...message }): Message => ({
          ...message,
          id: cleaned(message.id) || 'none',
          ...(key !== undefined && { key: cleaned(key) }),
          body: plain(message.body),
        }),
      ),
    ),
  ),
  faulty('publishes what comes before a wrong message', ['CHANNEL-052'], (channel) => ({
    publish: async (messages) => {
      for (const message of messages) await channel.publish([message]);
    },
  })),
  faulty(
    'mends patterns',
    ['CHANNEL-021'],
    subscribes((subscription) =>
      /^[*>]|[.][*>]/.test(subscription.subject)
        ? subscription
        : { ...subscription, subject: mended(subscription.subject) },
    ),
  ),
  faulty(
    'delivers to subscribers without a group what was there when they last came',
    ['CHANNEL-050', 'CHANNEL-002'],
    subscribes((subscription) => ({ group: `of ${subscription.subject}`, ...without(subscription, 'from') })),
  ),
  faulty(
    'throws when the reader leaves',
    ['CHANNEL-045'],
    loops(async function* (arrivals) {
      let left = true;
      try {
        yield* arrivals;
        left = false;
      } finally {
        if (left) await new Promise(() => undefined);
      }
    }),
  ),
];
