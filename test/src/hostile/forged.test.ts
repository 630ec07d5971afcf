import { type Json, queueNames, type Ticket } from '@waybill/core';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { hostileJson, hostileNumber, hostileText, plainJson } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { inWorld } from './in-world.fixture.ts';
import { expectUnpolluted, orRefused } from './oracle.fixture.ts';
import { stores } from './ports.fixture.ts';
import { echo, type World } from './world.fixture.ts';

afterEach(expectUnpolluted);
const share = budget.forged / stores.length / 3;

/** That nothing is lost or done twice, whatever somebody has put into broker and channel. */
const expectWorking = async ({ waybill, complaints }: World): Promise<void> => {
  const tasks = await Promise.all([1, 2, 3].map((n) => waybill.submit(echo, n)));
  expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 10_000 })))).toEqual([1, 2, 3]);
  expect(complaints).toEqual([]);
};

it.each(stores)('forged tickets in the %s broker do nothing', { timeout }, (name) =>
  inWorld(name, async (world) => {
    const { waybill, ports } = world;
    const waiting = await waybill.submit(echo, 'later', { dueAt: Date.now() + 3_600_000 });
    const ticket = fc.record({
      tenant: fc.oneof(fc.constant('default'), hostileText),
      taskId: fc.oneof(fc.constantFrom(waiting.id, 'none'), hostileText),
      queue: fc.constantFrom(...queueNames),
      rank: fc.oneof(fc.nat(10), hostileNumber),
      epoch: fc.oneof(fc.nat(3), hostileNumber),
    });
    await forMany(
      ticket,
      share,
      async (forged) => (await orRefused(() => ports.broker.enqueue([forged as Ticket]))).ok,
    );
    await expectWorking(world);
    expect((await waybill.find(waiting.id))?.epoch).toBe(0);
  }),
);

/** What core itself says on the channel, with anything in the place of each part. */
const anyJson = fc.oneof(hostileJson, plainJson);
const part = (usual: Json): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: anyJson });

it.each(stores)('forged hints and requests on the %s channel do nothing', { timeout }, (name) =>
  inWorld(name, async (world) => {
    const { waybill, ports } = world;
    const over = new AbortController();
    const waiting = await waybill.submit(echo, 'later', { dueAt: Date.now() + 3_600_000 });
    void waybill.answer('hostile.asked', over.signal, ({ body }) => body);
    const result = waiting.result({ signal: over.signal }).catch(() => 'not yet');
    const hint = fc.record({ from: part('me'), hints: part([['cancelled', 'default', waiting.id]]) });
    const request = fc.record({
      replyTo: part('waybill.inbox.00000000-0000-7000-8000-000000000001'),
      body: part(1),
    });
    const message = fc.oneof(
      fc.record({ subject: fc.constant('waybill.hints'), body: fc.oneof(hint, anyJson) }),
      fc.record({ subject: fc.constant('hostile.asked'), body: fc.oneof(request, anyJson) }),
    );
    let sent = 0;
    await forMany(fc.tuple(message, fc.boolean()), share, async ([{ subject, body }, hint]) => {
      const published = await orRefused(() =>
        ports.channel.publish([{ id: `forged-${++sent}`, subject, body: body as Json, hint }]),
      );
      return published.ok;
    });
    expect(await waybill.request('hostile.asked', 'real', { timeoutMs: 10_000 })).toBe('real');
    await expectWorking(world);
    expect(await waiting.status()).toBe('available');
    over.abort();
    await result;
  }),
);

it.each(stores)(
  'wherever events of the %s store are to begin is refused clearly, or kept to',
  { timeout },
  (name) =>
    inWorld(name, async ({ waybill }) => {
      const task = await waybill.submit(echo, 1);
      await task.result();
      const all = await Array.fromAsync(task.events());
      const after = fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(undefined, 0, 1, ...all.map(({ seq }) => seq)) },
        { weight: 1, arbitrary: fc.oneof(hostileNumber, hostileText, anyJson) },
      );
      await forMany(after, share, async (given) => {
        const options = { after: given as number }; // whatever an untyped caller passes
        const asked = await orRefused(() => Array.fromAsync(task.events(options)));
        const read = await orRefused(() => Array.fromAsync(waybill.logs(task.id, options)));
        expect(read.ok).toBe(asked.ok);
        if (!asked.ok) return false;
        expect(asked.value).toEqual(all.filter(({ seq }) => !(seq <= Number(given ?? 0))));
        return true;
      });
    }),
);
