import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Arrived, MessageChannel } from './channel.ts';
import { lend } from './loan.ts';
import { subscribe } from './messages.ts';
import { defineSubject } from './subject.ts';

const shipped = defineSubject({
  name: 'order.shipped',
  body: z.object({ parcels: z.coerce.number().int() }),
});

const channelOf = (arriving: readonly Arrived[], settled: string[]): Pick<MessageChannel, 'subscribe'> => ({
  async *subscribe({ subject }) {
    for (const item of arriving) {
      if (item.subject !== subject) continue;
      yield lend(item, async ({ end }) => void settled.push(`${item.id} ${end}`));
    }
  },
});

it('a subscriber gets what fits the schema, parsed; the rest is dropped and logged', async () => {
  const settled: string[] = [];
  const logged: string[] = [];
  const { name: subject } = shipped;
  const arriving = [
    { id: 'm-1', subject, body: { parcels: '2' }, key: 'o-1', cursor: '7' },
    { id: 'm-2', subject, body: { parcels: 'many' } },
    { id: 'm-3', subject: 'order.paid', body: { parcels: 1 } },
  ];
  const context = {
    channel: channelOf(arriving, settled) as MessageChannel, // only subscribed to
    log: (_level: string, event: string) => void logged.push(event),
  };
  const heard: unknown[] = [];
  for await (const delivery of subscribe(context, shipped, { signal: new AbortController().signal })) {
    heard.push(delivery.item);
    await delivery.commit();
  }
  expect(heard).toEqual([{ id: 'm-1', key: 'o-1', cursor: '7', body: { parcels: 2 } }]);
  expect(settled).toEqual(['m-1 commit', 'm-2 rollback']);
  expect(logged).toEqual(['message.invalid']);
});
