import assert from 'node:assert/strict';
import { refuses } from '../refusal.ts';
import { eventually, stillness } from '../time.ts';
import type { ChannelCase } from './channel-case.ts';
import { arrivedIds, arrivesExactly, listen, message } from './listening.ts';

const subjects = [
  'order',
  'order.shipped',
  'order.shipped.late',
  'order.shipped.late.again',
  'order.lost',
  'orders.shipped',
  'order_shipped',
  'order-shipped',
  'Order.shipped',
  'shipped',
  'invoice.shipped',
  '0.1',
];

const matches: readonly (readonly [pattern: string, matched: readonly string[]])[] = [
  ['order.shipped', ['order.shipped']],
  ['order', ['order']],
  ['order.*', ['order.shipped', 'order.lost']],
  ['*.shipped', ['order.shipped', 'orders.shipped', 'Order.shipped', 'invoice.shipped']],
  ['*', ['order', 'order_shipped', 'order-shipped', 'shipped']],
  ['*.*', ['order.shipped', 'order.lost', 'orders.shipped', 'Order.shipped', 'invoice.shipped', '0.1']],
  ['order.*.late', ['order.shipped.late']],
  ['order.*.*.again', ['order.shipped.late.again']],
  ['order.>', ['order.shipped', 'order.shipped.late', 'order.shipped.late.again', 'order.lost']],
  ['*.shipped.>', ['order.shipped.late', 'order.shipped.late.again']],
  ['order.shipped.*.>', ['order.shipped.late.again']],
  ['>', subjects],
];

const longest = `${'a'.repeat(127)}.${'b'.repeat(127)}`;

const wrongSubjects = [
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  'a b',
  'a/b',
  'a:b',
  'caf\u00e9',
  'a\n',
  'a\0',
  `${longest}b`,
];

const hearing = (id: string, promise: string, group?: string): ChannelCase => ({
  id,
  promise,
  async check(world) {
    const channel = await world.fresh();
    const listeners = await Promise.all(
      matches.map(([subject], n) =>
        listen(world, channel, { subject, ...(group !== undefined && { group: `${group}${n}` }) }),
      ),
    );
    // One at a time, so that the order across subjects does not matter.
    for (const subject of subjects) await channel.publish([message(subject, subject)]);
    for (const [n, [, matched]] of matches.entries())
      await eventually('all of them', () => listeners[n]?.deliveries.length === matched.length).catch(
        () => undefined,
      );
    await stillness(world.quietMs);
    const heard = listeners.map((listener) => arrivedIds(listener).sort());
    assert.deepEqual(
      matches.map(([pattern], n) => [pattern, heard[n]]),
      matches.map(([pattern, matched]) => [pattern, matched.toSorted()]),
    );
  },
});

/** Who hears what. */
export const patternCases: readonly ChannelCase[] = [
  hearing(
    'CHANNEL-016',
    'a subject is heard by those who name it, a word * stands for one word and a last > for one or more',
  ),
  hearing('CHANNEL-017', 'a group hears what its pattern matches, and nothing else', 'group'),
  {
    id: 'CHANNEL-018',
    promise: 'a subscriber whose pattern matches in several ways gets a message once',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: '*.>' });
      await channel.publish(
        [message('a', 'x.x.x.x'), message('b', 'x.x')].map((each) => ({ ...each, key: 'k' })),
      );
      await arrivesExactly(world, listener, ['a', 'b']);
    },
  },
  {
    id: 'CHANNEL-019',
    promise: 'a subject has up to 255 characters: letters, digits, _ and - in words',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: longest });
      await channel.publish([message('long', longest)]);
      await arrivesExactly(world, listener, ['long']);
      const any = await listen(world, channel, { subject: '>' });
      await channel.publish([message('odd', 'A-z_0.-._.9')]);
      await arrivesExactly(world, any, ['odd']);
    },
  },
  {
    id: 'CHANNEL-020',
    promise: 'a message whose subject is not one, or is a pattern, is refused',
    async check(world) {
      const channel = await world.fresh();
      for (const subject of [...wrongSubjects, '*', '>', 'a.*', 'a.>', '*.a'])
        await refuses('WB_PAYLOAD', `the subject ${JSON.stringify(subject)}`, () =>
          channel.publish([message('a', subject)]),
        );
    },
  },
  {
    id: 'CHANNEL-021',
    promise: 'a subscription whose subject is neither one nor a pattern is refused',
    async check(world) {
      const channel = await world.fresh();
      for (const subject of [...wrongSubjects, '>.a', 'a.>.b', 'a*', 'a.b*', 'a.>b', '**', '>>'])
        await refuses('WB_PAYLOAD', `the pattern ${JSON.stringify(subject)}`, async () => {
          const signal = AbortSignal.any([world.signal, AbortSignal.timeout(2_000)]);
          await channel.subscribe({ subject, signal })[Symbol.asyncIterator]().next();
        });
    },
  },
];
