import assert from 'node:assert/strict';
import type { Arrived, Delivery } from '@waybill/core';
import { refuses } from '../refusal.ts';
import { eventually, stillness } from '../time.ts';
import { type ChannelCase, redelivers } from './channel-case.ts';
import { arrive, arrivedIds, arrivesExactly, idsOf, listen, message, numbered } from './listening.ts';

const never = async (): Promise<void> => undefined;

/** What a member of a group has on loan, and how that ends. */
export const groupLoanCases: readonly ChannelCase[] = [
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
];
