import assert from 'node:assert/strict';
import { refuses } from '../refusal.ts';
import { stillness, within } from '../time.ts';
import type { ChannelCase } from './channel-case.ts';
import { arrive, arrivesExactly, listen, message, numbered } from './listening.ts';

const promptMs = 5_000;

/** How loops and clients end. */
export const lifecycleCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-043',
    promise: 'the signal ends the loop without an error, while it waits and while it is busy',
    async check(world) {
      const channel = await world.fresh();
      const waiting = await listen(world, channel, { subject: 'news' });
      await within(promptMs, 'the waiting loop to end', waiting.stop());
      const member = await listen(world, channel, { subject: 'news', group: 'g' });
      await within(promptMs, 'the waiting member to end', member.stop());
      const busy = await listen(world, channel, { subject: 'news', settle: () => stillness(5) });
      await channel.publish(numbered(500, 'news'));
      await arrive(busy, 1);
      await within(promptMs, 'the busy loop to end', busy.stop());
      assert.ok(busy.deliveries.length < 500, 'the loop went on to its end');
    },
  },
  {
    id: 'CHANNEL-044',
    promise: 'a signal that has aborted already ends the loop before it begins',
    async check(world) {
      const channel = await world.fresh();
      for (const group of [undefined, 'g']) {
        const subscription = {
          subject: 'news',
          signal: AbortSignal.abort(),
          ...(group !== undefined && { group }),
        };
        const loop = async (): Promise<number> => {
          let count = 0;
          for await (const _ of channel.subscribe(subscription)) count++;
          return count;
        };
        assert.equal(await within(promptMs, 'the loop to end', loop()), 0);
      }
    },
  },
  {
    id: 'CHANNEL-045',
    promise: 'leaving the loop ends the subscription, and the channel goes on',
    async check(world) {
      const channel = await world.fresh();
      const other = await listen(world, channel, { subject: 'news' });
      const signal = world.signal;
      const left = (async () => {
        for await (const delivery of channel.subscribe({ subject: 'news', signal })) return delivery.item.id;
        return undefined;
      })();
      for (let n = 0; n < 200 && other.deliveries.length < 200; n++) {
        await channel.publish([message(`m${n}`, 'news')]);
        const first = await Promise.race([left, stillness(5)]);
        if (first !== undefined) break;
      }
      assert.ok((await within(promptMs, 'the loop to be left', left)) !== undefined);
      const again = await listen(world, channel, { subject: 'news' });
      await channel.publish([message('after', 'news')]);
      await arrivesExactly(world, again, ['after']);
    },
  },
  {
    id: 'CHANNEL-046',
    promise: 'closing the channel ends its loops without an error',
    async check(world) {
      const channel = await world.fresh();
      const loops = [
        await listen(world, channel, { subject: 'news' }),
        await listen(world, channel, { subject: 'news', group: 'g' }),
        await listen(world, channel, { subject: '>' }),
      ];
      await within(promptMs, 'close', channel.close());
      for (const { ended } of loops) await within(promptMs, 'the loop to end', ended);
    },
  },
  {
    id: 'CHANNEL-047',
    promise: 'every call after close is refused as such',
    async check(world) {
      const channel = await world.fresh();
      await channel.close();
      await refuses('WB_CLOSED', 'publish', () => channel.publish([message('a', 'news')]));
      await refuses('WB_CLOSED', 'publish of nothing', () => channel.publish([]));
      await refuses('WB_CLOSED', 'subscribe', async () => {
        await channel.subscribe({ subject: 'news', signal: world.signal })[Symbol.asyncIterator]().next();
      });
    },
  },
  {
    id: 'CHANNEL-048',
    promise: 'a client can be closed twice, at once or one after the other, also if it was never used',
    async check(world) {
      const channel = await world.fresh();
      await channel.publish([message('a', 'news')]);
      await Promise.all([channel.close(), channel.close()]);
      await channel.close();
      const unused = await world.fresh();
      await unused.close();
    },
  },
  {
    id: 'CHANNEL-049',
    promise: 'closing one client leaves the others listening',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      const listener = await listen(world, channel, { subject: 'news' });
      const gone = await listen(world, rival, { subject: 'news' });
      await rival.close();
      await gone.ended;
      await channel.publish([message('a', 'news')]);
      await arrivesExactly(world, listener, ['a']);
    },
  },
  {
    id: 'CHANNEL-050',
    promise: 'a subscriber that came and went leaves nothing behind for the next',
    async check(world) {
      const channel = await world.fresh();
      const first = await listen(world, channel, { subject: 'news' });
      await first.stop();
      await channel.publish(numbered(5, 'news'));
      const second = await listen(world, channel, { subject: 'news' });
      await channel.publish([message('new', 'news')]);
      await arrivesExactly(world, second, ['new']);
      assert.equal(first.deliveries.length, 0);
    },
  },
  {
    id: 'CHANNEL-051',
    promise: 'the capabilities are those declared, and each client has the same',
    async check(world) {
      const channel = await world.fresh();
      const rival = await world.another();
      assert.deepEqual({ ...channel.capabilities }, { ...world.capabilities });
      assert.deepEqual({ ...rival.capabilities }, { ...world.capabilities });
      const { durability, ...flags } = channel.capabilities;
      assert.ok(['none', 'process', 'disk'].includes(durability));
      for (const name of ['shared', 'replay', 'redelivery'] as const)
        assert.equal(typeof flags[name], 'boolean', name);
    },
  },
];
