import type { Message, Subscription } from '@waybill/core';
import { refuses } from '../refusal.ts';
import type { ChannelCase } from './channel-case.ts';
import { arrivesExactly, listen, message } from './listening.ts';

/** Callers in plain JavaScript have no compiler to stop them. */
const wrongly = <T>(right: T, changes: Readonly<Record<string, unknown>>): T => ({ ...right, ...changes });

const circle: Record<string, unknown> = {};
circle.self = circle;

const wrongMessages: readonly Readonly<Record<string, unknown>>[] = [
  { id: '' },
  { id: '\ud800' },
  { id: 'a\0b' },
  { id: 'i'.repeat(513) },
  { key: 'a\udc00' },
  { key: 'a\0b' },
  { key: 'k'.repeat(513) },
  { body: undefined },
  { body: 'cut \ud83d' },
  { body: { deep: ['cut \ud83d'] } },
  { body: { '\udc00': 1 } },
  { body: Number.NaN },
  { body: [Number.POSITIVE_INFINITY] },
  { body: { when: new Date(0) } },
  { body: [undefined] },
  { body: circle },
  { body: 1n },
];

/** Calls that are wrong: refused, and nothing happens. */
export const refusalCases: readonly ChannelCase[] = [
  {
    id: 'CHANNEL-052',
    promise: 'a message that could not arrive as it is is refused, and nothing that was sent with it arrives',
    async check(world) {
      const channel = await world.fresh();
      const listener = await listen(world, channel, { subject: 'news' });
      for (const [n, changes] of wrongMessages.entries()) {
        const wrong: Message = wrongly(message('wrong', 'news'), changes);
        await refuses('WB_PAYLOAD', `message ${n}, of a wrong ${Object.keys(changes)[0]}`, () =>
          channel.publish([message('right', 'news'), wrong]),
        );
      }
      await channel.publish([message('after', 'news')]);
      await arrivesExactly(world, listener, ['after']);
    },
  },
  {
    id: 'CHANNEL-053',
    promise: 'a group that is told where to begin is refused, and so is a name that no group has',
    async check(world) {
      const channel = await world.fresh();
      for (const changes of [
        { from: 'start' },
        { from: { after: '1' } },
        { group: '' },
        { group: 'a\0b' },
        { group: '\ud800' },
        { group: 'g'.repeat(256) },
      ]) {
        const signal = AbortSignal.any([world.signal, AbortSignal.timeout(2_000)]);
        const wrong: Subscription = wrongly({ subject: 'news', group: 'g', signal }, changes);
        await refuses('WB_PAYLOAD', JSON.stringify(changes), async () => {
          await channel.subscribe(wrong)[Symbol.asyncIterator]().next();
        });
      }
      const member = await listen(world, channel, { subject: 'news', group: 'g'.repeat(255), from: 'now' });
      await channel.publish([message('a', 'news')]);
      await arrivesExactly(world, member, ['a']);
    },
  },
];
