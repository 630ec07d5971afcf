import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Arrived, Delivery } from '@waybill/core';
import { Instants } from '@waybill/redis';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { openRedisChannel, type RedisChannel } from './index.ts';

/** Loans are told apart by an instant, which each process chooses for itself. */
await describeService('a Redis of its own', startOwnRedis, (service) => {
  let channels: RedisChannel[];
  let namespace: string;

  beforeEach(() => {
    namespace = randomUUID();
    channels = [];
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(channels.map((channel) => channel.close()));
  });

  /** A member of the group that takes one message at a time, and keeps what it is given. */
  const join = async (loanMs = 30_000) => {
    const channel = await openRedisChannel({ url: service.url, namespace, loanMs });
    channels.push(channel);
    const ready = Promise.withResolvers<void>();
    const deliveries: Delivery<Arrived>[] = [];
    const loop = async (): Promise<void> => {
      const { signal } = new AbortController();
      const subscription = { subject: 'work', group: 'g', signal, onReady: ready.resolve };
      for await (const delivery of channel.subscribe(subscription)) {
        deliveries.push(delivery);
        await never;
      }
    };
    void loop();
    await ready.promise;
    return { channel, ids: () => deliveries.map(({ item }) => item.id) };
  };
  const never = new Promise<never>(() => undefined);

  const publish = (...ids: readonly string[]): Promise<void> | undefined =>
    channels[0]?.publish(ids.map((id) => ({ id, subject: 'work', body: null })));

  const eventually = async (condition: () => boolean): Promise<void> => {
    await vi.waitFor(() => assert.ok(condition()), { timeout: 5_000 });
  };

  /** Every member has looked, and sleeps. */
  const quiet = (): Promise<void> => pause(100);

  test('a member that leaves gives back what it has, and nothing of another with the same instant', async () => {
    const next = vi.spyOn(Instants.prototype, 'next');
    const at = String(Date.now() + 60_000.5);
    const first = await join();
    await quiet();
    next.mockReturnValueOnce(at);
    await publish('one');
    await eventually(() => first.ids().length === 1);
    const second = await join();
    await quiet();
    next.mockReturnValueOnce(at);
    await publish('two');
    await eventually(() => second.ids().length === 1);
    assert.equal(next.mock.results.filter(({ value }) => value === at).length, 2);
    const third = await join();
    await second.channel.close();
    await eventually(() => third.ids().length === 1);
    await quiet();
    assert.deepEqual([first.ids(), third.ids()], [['one'], ['two']]);
  });

  test('a loan that cannot be renewed under an instant of another is renewed under the next one', async () => {
    const next = vi.spyOn(Instants.prototype, 'next');
    const loanMs = 900;
    const first = await join(loanMs);
    await publish('one');
    await eventually(() => first.ids().length === 1);
    const second = await join(loanMs);
    await publish('two');
    await eventually(() => second.ids().length === 1);
    next.mockReturnValue(String(next.mock.results.at(-1)?.value));
    const { length } = next.mock.calls;
    await eventually(() => next.mock.calls.length >= length + 2); // each has tried once
    next.mockRestore();
    const third = await join(loanMs);
    await pause(2 * loanMs);
    await second.channel.close();
    await eventually(() => third.ids().length === 1);
    assert.deepEqual([first.ids(), third.ids()], [['one'], ['two']]);
  });
});
