import assert from 'node:assert/strict';
import type { Arrived, Delivery } from '@waybill/core';
import { refuses } from '../refusal.ts';
import { eventually, stillness } from '../time.ts';
import { type ChannelCase, durable, redelivers } from './channel-case.ts';
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

const never = async (): Promise<void> => undefined;

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
    id: 'CHANNEL-027',
    promise:
      'a message that is rolled back to retry comes back to the group, unchanged, until it is committed',
    async check(world) {
      const channel = await world.fresh();
      let tries = 0;
      const settle = (delivery: Delivery<Arrived>): Promise<void> =>
        delivery.item.id === 'm0001' && ++tries < 4 ? delivery.rollback({ to: 'retry' }) : delivery.commit();
      const member = await listen(world, channel, { subject: 'work', group: 'g', settle });
      const sent = numbered(3, 'work', { key: 'k' });
      await channel.publish(sent);
      await arrive(member, 6);
      await stillness(world.quietMs);
      const ids = arrivedIds(member);
      assert.deepEqual(ids.toSorted(), ['m0000', 'm0001', 'm0001', 'm0001', 'm0001', 'm0002']);
      for (const { item } of member.deliveries) assert.deepEqual(item.body, { id: item.id });
    },
  },
  {
    id: 'CHANNEL-028',
    promise: 'a message that is rolled back with a delay comes back too, later or at once',
    async check(world) {
      const channel = await world.fresh();
      let tries = 0;
      const settle = (delivery: Delivery<Arrived>): Promise<void> =>
        ++tries === 1 ? delivery.rollback({ to: 'retry', delayMs: 50 }) : delivery.commit();
      const member = await listen(world, channel, { subject: 'work', group: 'g', settle });
      await channel.publish([message('a', 'work')]);
      await arrivesExactly(world, member, ['a', 'a']);
    },
  },
  {
    id: 'CHANNEL-029',
    promise: 'a message that is rolled back to drop does not come back to the group, and others keep theirs',
    async check(world) {
      const channel = await world.fresh();
      const settle = (delivery: Delivery<Arrived>): Promise<void> => delivery.rollback({ to: 'drop' });
      const dropping = await listen(world, channel, { subject: 'work', group: 'g', settle });
      const keeping = await listen(world, channel, { subject: 'work', group: 'h' });
      await channel.publish(numbered(5, 'work', { key: 'k' }));
      await arrivesExactly(world, dropping, idsOf(numbered(5, 'work')));
      await dropping.stop();
      await arrivesExactly(world, keeping, idsOf(numbered(5, 'work')));
      const again = await listen(world, channel, { subject: 'work', group: 'g' });
      await arrivesExactly(world, again, []);
    },
  },
  {
    id: 'CHANNEL-030',
    promise: 'settling the same way again does nothing, and the other way is refused',
    async check(world) {
      const channel = await world.fresh();
      const member = await listen(world, channel, { subject: 'work', group: 'g', settle: never });
      await channel.publish(numbered(3, 'work', { key: 'k' }));
      await eventually('the first message', () => member.deliveries.length > 0);
      const [first] = member.deliveries;
      assert.ok(first);
      await Promise.all([first.commit(), first.commit()]);
      await first.commit();
      await refuses('WB_ALREADY_SETTLED', 'rollback after commit', () => first.rollback({ to: 'retry' }));
      const second = await eventually('the second message', () => member.deliveries[1]);
      await second.rollback({ to: 'drop' });
      await second.rollback({ to: 'drop' });
      await refuses('WB_ALREADY_SETTLED', 'commit after rollback', () => second.commit());
    },
  },
  {
    id: 'CHANNEL-031',
    promise: 'what a group member has on loan is not delivered to another while the member lives',
    async check(world) {
      const channel = await world.fresh();
      const held: Delivery<Arrived>[] = [];
      const settle = async (delivery: Delivery<Arrived>): Promise<void> => void held.push(delivery);
      const members = [
        await listen(world, channel, { subject: 'work', group: 'g', settle }),
        await listen(world, await world.another(), { subject: 'work', group: 'g', settle }),
      ];
      await channel.publish([message('a', 'work')]);
      await eventually('the message', () => held.length > 0);
      await stillness(world.quietMs);
      assert.deepEqual(members.flatMap(arrivedIds), ['a']);
      await held[0]?.commit();
    },
  },
  {
    id: 'CHANNEL-032',
    promise: 'a member that leaves takes nothing with it that it was not given',
    async check(world) {
      const channel = await world.fresh();
      const gate = Promise.withResolvers<void>();
      world.signal.addEventListener('abort', () => gate.resolve());
      const settle = (delivery: Delivery<Arrived>) => delivery.commit().then(() => gate.promise);
      const leaving = await listen(world, channel, { subject: 'work', group: 'g', settle });
      const sent = numbered(40, 'work', { key: 'k' });
      await channel.publish(sent);
      await arrive(leaving, 1);
      const stopped = leaving.stop();
      gate.resolve();
      await stopped;
      const staying = await listen(world, await world.another(), { subject: 'work', group: 'g' });
      await arrive(staying, sent.length - leaving.deliveries.length);
      await stillness(world.quietMs);
      assert.deepEqual([...arrivedIds(leaving), ...arrivedIds(staying)].sort(), idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-033',
    promise: 'what a member did not settle goes to another when the member’s client closes',
    needs: [redelivers],
    async check(world) {
      const channel = await world.fresh();
      const dying = await world.another();
      let count = 0;
      const settle = (delivery: Delivery<Arrived>): Promise<void> =>
        count++ < 5 ? delivery.commit() : never();
      const dead = await listen(world, dying, { subject: 'work', group: 'g', settle });
      const sent = numbered(20, 'work', { key: 'k' });
      await channel.publish(sent);
      await arrive(dead, 6);
      await dying.close();
      const heir = await listen(world, channel, { subject: 'work', group: 'g' });
      await arrive(heir, 15);
      await stillness(world.quietMs);
      assert.deepEqual(arrivedIds(heir).sort(), idsOf(sent).slice(5));
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
