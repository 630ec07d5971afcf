import assert from 'node:assert/strict';
import type { Message } from '@waybill/core';
import { assertSame } from '../same-json.ts';
import type { ChannelCase } from './channel-case.ts';
import { arrive, arrivesExactly, idsOf, listen, message, numbered } from './listening.ts';

/** In which order messages arrive, and that they do so whole, however many they are. */
export const orderAndBodyCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-006',
    promise: 'messages of one subject and key arrive in the order in which they were published',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'order.*' });
      const keys = ['a', 'b', 'c'];
      const sent = Array.from({ length: 150 }, (_, n) =>
        message(`m${n}`, n % 2 === 0 ? 'order.made' : 'order.sent', { key: `${keys[n % 3]}` }),
      );
      await channel.publish(sent.slice(0, 60));
      for (const each of sent.slice(60, 90)) await channel.publish([each]);
      await channel.publish(sent.slice(90));
      await arrive(listener, sent.length);
      for (const key of keys)
        for (const subject of ['order.made', 'order.sent']) {
          const ofBoth = (each: Message): boolean => each.key === key && each.subject === subject;
          const arrived = listener.deliveries.map(({ item }) => item).filter(ofBoth);
          assert.deepEqual(idsOf(arrived), idsOf(sent.filter(ofBoth)));
        }
    },
  },
  {
    id: 'CHANNEL-007',
    promise: 'messages of one subject without a key keep their order too',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'news' });
      const sent = numbered(100, 'news');
      await channel.publish(sent.slice(0, 50));
      for (const each of sent.slice(50)) await channel.publish([each]);
      await arrivesExactly(world, listener, idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-008',
    promise: 'bodies come back exactly',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'bodies' });
      const bodies = [
        null,
        true,
        0,
        1e308,
        0.1,
        Number.MAX_SAFE_INTEGER,
        '',
        '1',
        'null',
        'a\0b\u2028\u{1f600}\ud7ff\ue000',
        [],
        {},
        [[], {}, [null]],
        { $where: 1, 'a.b': { c: [] }, '': 1, constructor: 1 },
        JSON.parse('{"__proto__":{"polluted":1}}'),
        { text: '"\\\n\t'.repeat(1_000) },
      ];
      await channel.publish(bodies.map((body, n) => message(`m${n}`, 'bodies', { key: 'k', body })));
      await arrive(listener, bodies.length);
      for (const [n, body] of bodies.entries()) assertSame(listener.deliveries[n]?.item.body, body);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    },
  },
  {
    id: 'CHANNEL-009',
    promise: 'a batch of 1,000 messages arrives whole and in order, and a body of 256 KiB as well',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'bulk' });
      const sent = numbered(1_000, 'bulk', { key: 'k' });
      await channel.publish(sent);
      await arrivesExactly(world, listener, idsOf(sent));
      const body = '\u00e4b\u{1f600}"\n'.repeat(262_144 / 8);
      await channel.publish([message('large', 'bulk', { key: 'k', body })]);
      await arrive(listener, 1_001);
      assert.ok(listener.deliveries[1_000]?.item.body === body, 'the text changed');
    },
  },
  {
    id: 'CHANNEL-010',
    promise: 'a slow reader loses nothing and hinders no other',
    async check(world) {
      const channel = await world.fresh();
      const gate = Promise.withResolvers<void>();
      world.signal.addEventListener('abort', () => gate.resolve());
      const slow = await listen(world, channel, { subject: 'news', settle: () => gate.promise });
      const fast = await listen(world, channel, { subject: 'news' });
      const sent = numbered(2_000, 'news', { key: 'k' });
      for (let n = 0; n < 20; n++) await channel.publish(sent.slice(n * 100, n * 100 + 100));
      await arrivesExactly(world, fast, idsOf(sent));
      assert.ok(slow.deliveries.length <= 1, 'the loop was not waited for');
      gate.resolve();
      await arrivesExactly(world, slow, idsOf(sent));
    },
  },
];
