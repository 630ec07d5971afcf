import { defineHandler, defineSubject, type Message, refusedMessages, removeExpired } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const Told = defineSubject({ name: 'note.told', body: z.object({ n: z.number() }) });

describe('a message of a task', () => {
  it('that no channel could carry is refused where it is published', async () => {
    const wrong: readonly Record<string, unknown>[] = [
      { key: 'a\ud800' },
      { key: 'a\0' },
      { key: 7 },
      { key: 'k'.repeat(513) },
    ];
    const tell = defineHandler({
      topic: 'tell',
      input: z.object({ n: z.number() }),
      run({ n }, work) {
        work.publish(Told, { n }, wrong[n]);
      },
    });
    const { waybill, work } = await openWorld({ handlers: [tell] });
    await work();

    for (const n of wrong.keys()) {
      const task = await waybill.submit(tell, { n });
      await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow(/key of a message/);
    }
  });

  it('that the channel refuses holds up no other, and is kept apart where people see it', async () => {
    const { waybill, ports } = await openWorld({ handlers: [] });
    // As another release may have committed it.
    const row = (id: string, fields: object) => ({
      kind: 'put' as const,
      key: { collection: 'waybill.outbox', tenant: 'acme', id },
      fields: { at: 1, subject: Told.name, body: '{"n":1}', ...fields },
    });
    const writes = [row('a', {}), row('b', { key: '\0' }), row('c', { body: '{' }), row('d', {})];
    await ports.store.commit([{ expect: [], writes }]);
    const heard: Message[] = [];
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const loop = (async () => {
      const { signal } = stop;
      for await (const { item } of ports.channel.subscribe({
        subject: Told.name,
        signal,
        onReady: ready.resolve,
      }))
        heard.push(item);
    })();
    await ready.promise;

    const { outbox, store } = waybill.engine.context;
    await outbox.sweep();
    await until(() => new Set(heard.map(({ id }) => id)).size === 2);
    expect(await outbox.sweep()).toBe(0);
    stop.abort();
    await loop;

    expect(new Set(heard.map(({ id }) => id))).toEqual(new Set(['a', 'd']));
    const { total, messages } = await refusedMessages(store, { limit: 1 });
    expect(total).toBe(2);
    expect(messages).toMatchObject([{ tenant: 'acme', subject: Told.name, code: 'WB_PAYLOAD' }]);
    const rows = await store.get(writes.map(({ key }) => key));
    expect(rows.map((stored) => stored?.key.id)).toEqual([undefined, 'b', 'c', undefined]);
  });

  it('that was refused is kept as long as a dead letter, and no longer', async () => {
    const { waybill, ports } = await openWorld({ handlers: [] }, { settings: { keepFailedMs: 60_000 } });
    const { context } = waybill.engine;
    const row = (id: string, refusedAt: number) => ({
      kind: 'put' as const,
      key: { collection: 'waybill.outbox', tenant: 'acme', id },
      fields: { subject: Told.name, refusedAt, code: 'WB_PAYLOAD', reason: 'odd' },
    });
    const now = context.clock.now();
    const writes = [row('old', now - 61_000), row('young', now - 59_000)];
    await ports.store.commit([{ expect: [], writes }]);

    await removeExpired(context);
    const { messages } = await refusedMessages(ports.store, { limit: 10 });
    expect(messages.map(({ id }) => id)).toEqual(['young']);
  });
});
