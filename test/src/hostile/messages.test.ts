import { type Arrived, defineSubject, type Json, type Message, type Subscription } from '@waybill/core';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { hostileGiven, hostileJson, hostileNumber, hostileText, valueOf } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { type Heard, listen } from './heard.fixture.ts';
import { inWorld } from './in-world.fixture.ts';
import { expectUnpolluted, orRefused, sameJson } from './oracle.fixture.ts';
import { stores } from './ports.fixture.ts';
import { anything, type World } from './world.fixture.ts';

afterEach(expectUnpolluted);

/** Mostly what a name or a number should be, else any text, or what is none. */
const mostly = (...wanted: readonly [unknown, ...unknown[]]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...wanted) },
    { weight: 3, arbitrary: fc.oneof(hostileText, hostileNumber) },
    { weight: 1, arbitrary: fc.constantFrom(null, true, {}, [], ['hostile.a'], 10n, Symbol('s'), anything) },
  );

const subject = mostly('hostile.a', 'hostile.b', 'a-_.0');
const key = fc.option(mostly('k', ''), { nil: undefined });

it.each(stores)(
  'a message on the %s channel is refused clearly, or arrives exactly, once',
  { timeout },
  (name) =>
    onChannel(name, async ({ ports: { channel }, hear }) => {
      const heard = await hear('>');
      let [sent, accepted] = [0, 0];
      // Only core publishes here: values that nobody can look at do not get so far.
      const cases = fc.tuple(subject, key, hostileJson);
      await forMany(cases, budget.messages / stores.length / 3, async ([subject, key, body]) => {
        const message = {
          id: `m${++sent}`,
          subject: subject as string, // whatever an untyped caller passes
          ...(key !== undefined && { key: key as string }), // as above
          body: body as Json, // as above
        };
        const published = await orRefused(() => channel.publish([message]));
        if (!published.ok) return false;
        expectSame(await heard.next(message.id), message);
        accepted++;
        return true;
      });
      expect(heard.summary).toEqual({ arrived: accepted, twice: [] });
    }),
);

it.each(stores)(
  'a message of a task on the %s channel is refused clearly, or arrives exactly',
  { timeout },
  (name) =>
    onChannel(name, async ({ hear, perform }) => {
      const heard = await hear('>');
      const cases = fc.tuple(subject, key, hostileGiven);
      await forMany(cases, budget.messages / stores.length / 3, async ([subject, key, givenBody]) => {
        const [name, body] = [subject as string, valueOf(givenBody)]; // as above
        const options = key === undefined ? {} : { key: key as string }; // as above
        const published = await orRefused(async () => {
          const told = defineSubject({ name, body: anything() });
          return (await perform((work) => work.publish(told, body, options))) as string;
        });
        if (!published.ok) return false;
        const id = published.value;
        expectSame(await heard.next(id), { id, subject: name, ...options, body: body as Json });
        return true;
      });
    }),
);

it.each(stores)(
  'a request over the %s channel is refused clearly, or answered exactly',
  { timeout },
  (name) =>
    onChannel(name, async ({ waybill, over }) => {
      void waybill.answer('hostile.echo', over, ({ body }) => body);
      const timeoutMs = mostly(5_000, 10_000, undefined);
      const cases = fc.tuple(mostly('hostile.echo'), hostileGiven, timeoutMs);
      await forMany(cases, budget.messages / stores.length / 6, async ([subject, givenBody, timeout]) => {
        const body = valueOf(givenBody);
        const timeoutMs = timeout as number; // whatever an untyped caller passes
        const to = subject as string; // as above
        // Nobody answers elsewhere, or in no time.
        const isAnswered = to === 'hostile.echo' && (typeof timeout !== 'number' || timeout >= 1_000);
        const asked = await orRefused(
          () => waybill.request(to, body as Json, { timeoutMs: to === 'hostile.echo' ? timeoutMs : 2 }),
          isAnswered ? [] : ['WB_DEADLINE'],
        );
        if (!asked.ok) return false;
        expect(sameJson(asked.value, body)).toBe(true);
        return true;
      });
    }),
);

it.each(stores)('an answer over the %s channel arrives exactly, or as a clear error', { timeout }, (name) =>
  onChannel(name, async ({ waybill, over }) => {
    let answer: unknown;
    void waybill.answer('hostile.ask', over, () => answer as Json); // whatever an untyped caller answers
    await forMany(hostileGiven, budget.messages / stores.length / 6, async (given) => {
      // An async function cannot answer these: it waits for the one, and fails by itself with the other.
      if ('unfit' in given && !given.held && ['a promise', 'a revoked proxy'].includes(given.unfit))
        return false;
      answer = valueOf(given);
      const asked = await orRefused(
        () => waybill.request('hostile.ask', null, { timeoutMs: 10_000 }),
        ['WB_HANDLER'],
      );
      if (!asked.ok) return false;
      expect(sameJson(asked.value, answer ?? null)).toBe(true);
      return true;
    });
  }),
);

const wishes = fc.record(
  {
    subject: mostly('hostile.a', 'hostile.*', '>'),
    group: mostly('g', undefined, undefined),
    from: mostly('now', 'start', undefined, { after: '1' }, { after: '' }, { after: -1 }, {}),
  },
  { requiredKeys: ['subject'] },
);

it.each(stores)('a subscription to the %s channel is refused clearly, or hears', { timeout }, (name) =>
  onChannel(name, async ({ ports: { channel } }) => {
    await forMany(wishes, budget.messages / stores.length / 3, async (given) => {
      const stop = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      const wish = { ...given, signal: stop.signal, onReady: resolve } as Subscription; // whatever an untyped caller passes
      const subscribed = await orRefused(async () => {
        const ended = Array.fromAsync(channel.subscribe(wish));
        await Promise.race([promise, ended]);
        stop.abort();
        await ended;
      });
      stop.abort();
      return subscribed.ok;
    });
  }),
);

/** On a channel bodies are JSON text, which has no -0. */
const expectSame = ({ cursor: _, ...arrived }: Arrived, { body, ...message }: Message): void =>
  expect(sameJson({ ...arrived }, { ...message, body: JSON.parse(JSON.stringify(body)) })).toBe(true);

interface ChannelWorld extends World {
  /** Aborts when the test is over. */
  readonly over: AbortSignal;
  hear(subject: string): Promise<Heard>;
}

const onChannel = (
  name: (typeof stores)[number],
  use: (world: ChannelWorld) => Promise<void>,
): Promise<void> =>
  inWorld(name, async (world) => {
    const over = new AbortController();
    const { signal } = over;
    try {
      const hear = (subject: string): Promise<Heard> => listen(world.ports.channel, { subject, signal });
      await use({ ...world, over: signal, hear });
    } finally {
      over.abort();
    }
  });
