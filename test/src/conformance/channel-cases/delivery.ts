import assert from 'node:assert/strict';
import type { Message } from '@waybill/core';
import { stillness } from '../time.ts';
import type { ChannelCase } from './channel-case.ts';
import { arrive, arrivesExactly, idsOf, listen, message, numbered } from './listening.ts';

const contentOf = ({ id, subject, key, body, hint = false }: Message): object => ({
  id,
  subject,
  key,
  body,
  hint,
});

/** What arrives at subscribers without a group. */
export const deliveryCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-001',
    promise: 'a message arrives as it was sent, with id, subject, key and body',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'order.shipped' });
      const sent = [
        message('a', 'order.shipped', { key: 'k:1 \u{1f600}', body: { n: 1 } }),
        message('b', 'order.shipped', { body: null }),
        message('\u00e9:/ "\u{1f600}', 'order.shipped', { key: '', body: 'text' }),
      ];
      for (const each of sent) await channel.publish([each]);
      await arrive(listener, 3);
      const arrived = listener.deliveries.map(({ item }) => contentOf(item));
      const byId = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      assert.deepEqual(arrived.sort(byId), sent.map(contentOf).sort(byId));
    },
  },
  {
    id: 'CHANNEL-002',
    promise: 'without a group every subscriber gets every message, at every client',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      const listeners = await Promise.all(
        [channel, channel, rival, rival].map((client) => listen(world, client, { subject: 'news' })),
      );
      const sent = numbered(10, 'news', { key: 'k' });
      await channel.publish(sent.slice(0, 5));
      await rival.publish(sent.slice(5));
      for (const listener of listeners) await arrivesExactly(world, listener, idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-003',
    promise: 'a new subscriber sees nothing that was published before it',
    async check(world) {
      const channel = await world.fresh();
      await channel.publish([message('old', 'news')]);
      const byDefault = await listen(world, channel, { subject: 'news' });
      const fromNow = await listen(world, channel, { subject: 'news', from: 'now' });
      await channel.publish([message('new', 'news')]);
      await arrivesExactly(world, byDefault, ['new']);
      await arrivesExactly(world, fromNow, ['new']);
    },
  },
  {
    id: 'CHANNEL-004',
    promise: 'nothing that is published after onReady is missed',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      for (let round = 0; round < 15; round++) {
        const listener = await listen(world, channel, { subject: `round.r${round}` });
        await rival.publish([message(`m${round}`, `round.r${round}`)]);
        await arrive(listener, 1);
        await listener.stop();
      }
    },
  },
  {
    id: 'CHANNEL-005',
    promise: 'onReady is called once, also if nothing is ever published',
    async check(world) {
      const channel = await world.fresh();
      let calls = 0;
      const onReady = (): void => void calls++;
      const listener = await listen(world, channel, { subject: 'news', onReady });
      assert.equal(calls, 1);
      await channel.publish(numbered(20, 'news'));
      await arrive(listener, 20);
      await listener.stop();
      assert.equal(calls, 1);
    },
  },
  {
    id: 'CHANNEL-011',
    promise: 'without a group a rollback brings nothing back',
    async check(world) {
      const channel = await world.fresh();
      const settle = (delivery: { rollback(next: { to: 'retry' }): Promise<void> }) =>
        delivery.rollback({ to: 'retry' });
      const listener = await listen(world, channel, { subject: 'news', settle });
      const unsettled = await listen(world, channel, { subject: 'news', settle: async () => undefined });
      await channel.publish(numbered(3, 'news', { key: 'k' }));
      await arrivesExactly(world, listener, ['m0000', 'm0001', 'm0002']);
      await arrivesExactly(world, unsettled, ['m0000', 'm0001', 'm0002']);
    },
  },
  {
    id: 'CHANNEL-012',
    promise:
      'a message that is published twice arrives at least once, and the second never instead of others',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'news' });
      const twice = message('again', 'news', { key: 'k' });
      await channel.publish([twice]);
      await channel.publish([twice, message('other', 'news', { key: 'k' })]);
      await arrive(listener, 2);
      await stillness(world.quietMs);
      const ids = new Set(listener.deliveries.map(({ item }) => item.id));
      assert.deepEqual([...ids], ['again', 'other']);
    },
  },
  {
    id: 'CHANNEL-013',
    promise: 'hints reach who listens, marked as such and without a cursor',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      const listener = await listen(world, rival, { subject: 'progress' });
      const hint = message('h', 'progress', { hint: true, key: 'k', body: { percent: 50 } });
      // A single hint may be lost; all of them may not.
      for (let n = 0; n < 50 && listener.deliveries.length === 0; n++) {
        await channel.publish([hint]);
        await stillness(5);
      }
      await arrive(listener, 1);
      const [delivery] = listener.deliveries;
      assert.ok(delivery);
      assert.deepEqual(contentOf(delivery.item), contentOf(hint));
      assert.equal(delivery.item.cursor, undefined);
    },
  },
  {
    id: 'CHANNEL-014',
    promise: 'publishing nothing does nothing, and publishing to nobody is fine',
    async check(world) {
      const channel = await world.fresh();
      await channel.publish([]);
      await channel.publish(numbered(10, 'nobody.listens'));
      await channel.publish(numbered(10, 'nobody.listens', { hint: true }));
    },
  },
  {
    id: 'CHANNEL-015',
    promise: 'two namespaces do not hear each other',
    async check(world) {
      const first = await world.fresh();
      const inFirst = await listen(world, first, { subject: '>' });
      const second = await world.fresh();
      const inSecond = await listen(world, second, { subject: '>' });
      await first.publish([message('first', 'news')]);
      await second.publish([message('second', 'news')]);
      await arrivesExactly(world, inFirst, ['first']);
      await arrivesExactly(world, inSecond, ['second']);
    },
  },
];
