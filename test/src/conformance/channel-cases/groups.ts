import assert from 'node:assert/strict';
import type { Arrived, Delivery } from '@waybill/core';
import { eventually, stillness } from '../time.ts';
import { type ChannelCase, durable } from './channel-case.ts';
import {
  arrive,
  arrivedIds,
  arrivesExactly,
  idsOf,
  type Listener,
  listen,
  message,
  numbered,
} from './listening.ts';

/** One of many. */
export const groupCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-022',
    promise: 'each message goes to one subscriber of a group, and together they get all',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      const members: Listener[] = [];
      for (const client of [channel, rival, channel])
        members.push(await listen(world, client, { subject: 'work.>', group: 'g' }));
      const sent = Array.from({ length: 90 }, (_, n) =>
        message(`m${n}`, `work.w${n % 5}`, { key: `k${n % 7}` }),
      );
      await channel.publish(sent.slice(0, 45));
      await rival.publish(sent.slice(45));
      await eventually('all messages', () => members.flatMap(arrivedIds).length >= sent.length);
      await stillness(world.quietMs);
      assert.deepEqual(members.flatMap(arrivedIds).sort(), idsOf(sent).sort());
    },
  },
  {
    id: 'CHANNEL-023',
    promise: 'two groups are independent, and do not take from subscribers without a group',
    async check(world) {
      const channel = await world.fresh();
      const sent = numbered(20, 'work', { key: 'k' });
      const listeners = [
        await listen(world, channel, { subject: 'work', group: 'first' }),
        await listen(world, channel, { subject: 'work', group: 'second' }),
        await listen(world, channel, { subject: 'work' }),
      ];
      await channel.publish(sent);
      for (const listener of listeners) await arrivesExactly(world, listener, idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-024',
    promise: 'the only member of a group gets the messages of one subject and key in their order',
    async check(world) {
      const channel = await world.fresh();
      const member = await listen(world, channel, { subject: 'work', group: 'g' });
      const sent = numbered(200, 'work', { key: 'k' });
      for (let n = 0; n < 10; n++) await channel.publish(sent.slice(n * 20, n * 20 + 20));
      await arrivesExactly(world, member, idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-025',
    promise: 'a group keeps messages from its first subscription on, also while nobody of it listens',
    async check(world) {
      const channel = await world.fresh();
      await channel.publish([message('before', 'work', { key: 'k' })]);
      const first = await listen(world, channel, { subject: 'work', group: 'g' });
      await first.stop();
      const sent = numbered(30, 'work', { key: 'k' });
      await channel.publish(sent);
      const second = await listen(world, channel, { subject: 'work', group: 'g' });
      await arrivesExactly(world, second, idsOf(sent));
      await second.stop();
      await channel.publish([message('later', 'work', { key: 'k' })]);
      const third = await listen(world, await world.another(), { subject: 'work', group: 'g' });
      await arrivesExactly(world, third, ['later']);
    },
  },
  {
    id: 'CHANNEL-026',
    promise: 'a message that a group has committed does not come back to it',
    async check(world) {
      const channel = await world.fresh();
      const first = await listen(world, channel, { subject: 'work', group: 'g' });
      await channel.publish(numbered(5, 'work', { key: 'k' }));
      await arrive(first, 5);
      await first.stop();
      const second = await listen(world, await world.another(), { subject: 'work', group: 'g' });
      await channel.publish([message('new', 'work', { key: 'k' })]);
      await arrivesExactly(world, second, ['new']);
    },
  },
  {
    id: 'CHANNEL-034',
    promise: 'what a group has not committed outlives every client',
    needs: [durable],
    async check(world) {
      const first = await world.fresh();
      const member = await listen(world, first, { subject: 'work', group: 'g' });
      const sent = numbered(20, 'work', { key: 'k' });
      await first.publish(sent.slice(0, 10));
      await arrive(member, 10);
      await member.stop();
      await first.publish(sent.slice(10));
      await first.close();
      const second = await world.another();
      await arrivesExactly(
        world,
        await listen(world, second, { subject: 'work', group: 'g' }),
        idsOf(sent).slice(10),
      );
    },
  },
  {
    id: 'CHANNEL-054',
    promise:
      'a group is its name and its subject: the same name with another subject or pattern is another group',
    async check(world) {
      const channel = await world.fresh();
      const members: Listener[] = [];
      for (const subject of ['work.a', 'work.*', 'work.>', 'work.b'])
        members.push(await listen(world, channel, { subject, group: 'g' }));
      const [first] = members;
      assert.ok(first);
      await first.stop();
      await channel.publish([message('a', 'work.a', { key: 'k' }), message('b', 'work.b', { key: 'k' })]);
      const again = await listen(world, await world.another(), { subject: 'work.a', group: 'g' });
      for (const member of [again, ...members.slice(1)]) await arrive(member, 1);
      await stillness(world.quietMs);
      assert.deepEqual(
        [again, ...members.slice(1)].map((member) => arrivedIds(member).sort()),
        [['a'], ['a', 'b'], ['a', 'b'], ['b']],
      );
    },
  },
  {
    id: 'CHANNEL-055',
    promise: 'of a group at most one subscriber gets a hint, once; the group keeps none for later',
    async check(world) {
      const channel = await world.fresh();
      const settle = (delivery: Delivery<Arrived>): Promise<void> => delivery.rollback({ to: 'retry' });
      const members: Listener[] = [];
      for (const client of [channel, await world.another()])
        members.push(await listen(world, client, { subject: 'work', group: 'g', settle }));
      // A single hint may be lost; all of them may not.
      for (let n = 0; n < 50 && members.flatMap(arrivedIds).length === 0; n++) {
        await channel.publish([message(`h${n}`, 'work', { hint: true, key: 'k' })]);
        await stillness(5);
      }
      await eventually('a hint', () => members.flatMap(arrivedIds).length > 0);
      await stillness(world.quietMs);
      const arrived = members.flatMap(arrivedIds);
      assert.equal(new Set(arrived).size, arrived.length, `hints repeat: ${arrived.join(' ')}`);
      for (const member of members) await member.stop();
      await channel.publish([message('late', 'work', { hint: true, key: 'k' })]);
      await stillness(world.quietMs); // who comes while it is under way may hear it
      const next = await listen(world, channel, { subject: 'work', group: 'g' });
      await channel.publish([message('m', 'work', { key: 'k' })]);
      await arrivesExactly(world, next, ['m']);
    },
  },
  {
    id: 'CHANNEL-035',
    promise: 'groups may have any name',
    async check(world) {
      const channel = await world.fresh();
      const names = [
        'a',
        'A',
        'a b',
        'a:b',
        'a.b',
        'a/b',
        'caf\u00e9',
        '\u{1f600}',
        '*',
        '__proto__',
        'constructor',
      ];
      const members = [];
      for (const group of names) members.push(await listen(world, channel, { subject: 'work', group }));
      await channel.publish([message('m', 'work')]);
      for (const member of members) await arrive(member, 1);
      await stillness(world.quietMs);
      assert.deepEqual(
        members.map(arrivedIds),
        names.map(() => ['m']),
      );
    },
  },
];
