import assert from 'node:assert/strict';
import { refuses } from '../refusal.ts';
import { type ChannelCase, durable, replays, replaysNot } from './channel-case.ts';
import { stillness } from '../time.ts';
import { arrive, arrivedIds, arrivesExactly, idsOf, listen, message, numbered } from './listening.ts';

/** Beginning before now. */
export const replayCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-036',
    promise: 'from start gives everything of the subject, then what follows, without a gap or a repeat',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      const sent = numbered(300, 'log.a', { key: 'k' });
      await channel.publish([...sent.slice(0, 200), message('other', 'log.b', { key: 'k' })]);
      const listening = listen(world, channel, { subject: 'log.a', from: 'start' });
      for (const each of sent.slice(200)) await channel.publish([each]);
      await arrivesExactly(world, await listening, idsOf(sent));
    },
  },
  {
    id: 'CHANNEL-037',
    promise: 'from a cursor gives exactly what follows it',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      const sent = numbered(30, 'log', { key: 'k' });
      const first = await listen(world, channel, { subject: 'log' });
      await channel.publish(sent);
      await arrive(first, 30);
      for (const place of [0, 1, 14, 28, 29]) {
        const after = first.deliveries[place]?.item.cursor;
        assert.ok(after !== undefined, 'a message has a cursor');
        const again = await listen(world, channel, { subject: 'log', from: { after } });
        await arrivesExactly(world, again, idsOf(sent).slice(place + 1));
        await again.stop();
      }
    },
  },
  {
    id: 'CHANNEL-038',
    promise: 'cursors are the same for every subscriber, and replayed messages have theirs',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      const sent = numbered(10, 'log', { key: 'k' });
      await channel.publish(sent.slice(0, 3));
      const live = await listen(world, channel, { subject: 'log' });
      await channel.publish(sent.slice(3));
      await arrive(live, 7);
      const late = await listen(world, await world.another(), { subject: 'log', from: 'start' });
      await arrive(late, 10);
      const after = late.deliveries[4]?.item.cursor;
      assert.ok(after !== undefined, 'a replayed message has a cursor');
      const further = await listen(world, channel, { subject: 'log', from: { after } });
      await arrivesExactly(world, further, ['m0005', 'm0006', 'm0007', 'm0008', 'm0009']);
    },
  },
  {
    id: 'CHANNEL-039',
    promise: 'hints are never replayed',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      await channel.publish([
        message('m1', 'log', { key: 'k' }),
        message('h1', 'log', { key: 'k', hint: true }),
        message('m2', 'log', { key: 'k' }),
      ]);
      await channel.publish([message('h2', 'log', { hint: true })]);
      await arrivesExactly(world, await listen(world, channel, { subject: 'log', from: 'start' }), [
        'm1',
        'm2',
      ]);
    },
  },
  {
    id: 'CHANNEL-040',
    promise: 'from start with a pattern gives all that matches',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      const subjects = ['log.a', 'log.b', 'log.a', 'other.a', 'log.a.deep', 'log.b'];
      for (const [n, subject] of subjects.entries()) await channel.publish([message(`m${n}`, subject)]);
      const listener = await listen(world, channel, { subject: 'log.*', from: 'start' });
      await arrive(listener, 4);
      const ids = listener.deliveries.map(({ item }) => item.id);
      assert.deepEqual(ids.toSorted(), ['m0', 'm1', 'm2', 'm5']);
      await channel.publish([message('live', 'log.c')]);
      await arrive(listener, 5);
    },
  },
  {
    id: 'CHANNEL-056',
    promise:
      'a cursor of a pattern stands for all that came by it: from there on nothing is missed or repeated',
    needs: [replays],
    async check(world) {
      const channel = await world.fresh();
      const sent = Array.from({ length: 40 }, (_, n) =>
        message(`m${n}`, `log.s${n % 4}`, { key: `k${n % 3}` }),
      );
      const first = await listen(world, channel, { subject: 'log.*' });
      await channel.publish(sent);
      await arrive(first, sent.length);
      for (const place of [0, 17, 38]) {
        const after = first.deliveries[place]?.item.cursor;
        assert.ok(after !== undefined, 'a message has a cursor');
        const again = await listen(world, await world.another(), { subject: 'log.*', from: { after } });
        const rest = arrivedIds(first).slice(place + 1);
        await arrive(again, rest.length);
        await stillness(world.quietMs);
        assert.deepEqual(arrivedIds(again).sort(), rest.sort());
        await again.stop();
      }
    },
  },
  {
    id: 'CHANNEL-041',
    promise: 'what was published outlives every client, and so do cursors',
    needs: [replays, durable],
    async check(world) {
      const first = await world.fresh();
      const listener = await listen(world, first, { subject: 'log' });
      const sent = numbered(20, 'log', { key: 'k' });
      await first.publish(sent);
      await arrive(listener, 20);
      const after = listener.deliveries[9]?.item.cursor;
      assert.ok(after !== undefined);
      await first.close();
      const second = await world.another();
      await arrivesExactly(
        world,
        await listen(world, second, { subject: 'log', from: 'start' }),
        idsOf(sent),
      );
      const rest = await listen(world, second, { subject: 'log', from: { after } });
      await arrivesExactly(world, rest, idsOf(sent).slice(10));
    },
  },
  {
    id: 'CHANNEL-042',
    promise: 'without replay there are no cursors, and to begin before now is refused as unsupported',
    needs: [replaysNot],
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'log', from: 'now' });
      await channel.publish([message('a', 'log')]);
      await arrive(listener, 1);
      assert.equal(listener.deliveries[0]?.item.cursor, undefined);
      for (const from of ['start', { after: '1' }] as const)
        await refuses('WB_UNSUPPORTED', JSON.stringify(from), () =>
          listen(world, channel, { subject: 'log', from }),
        );
    },
  },
];
