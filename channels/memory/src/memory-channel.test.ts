import {
  type Arrived,
  ClosedError,
  type Delivery,
  type Message,
  PayloadError,
  type Subscription,
} from '@waybill/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryChannel, MemoryChannelBackend } from './index.ts';

type Options = Partial<Omit<Subscription, 'onReady'>>;
type Loop = AsyncIterator<Delivery<Arrived>>;

const message = (id: string, rest: Partial<Message> = {}): Message => ({
  id,
  subject: 'order.shipped',
  body: null,
  ...rest,
});

/** A loop that is listening when this answers. */
const listen = async (channel: MemoryChannel, options: Options = {}) => {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const ready = Promise.withResolvers<void>();
  const subscription = { subject: 'order.shipped', signal: stop.signal, ...options, onReady: ready.resolve };
  const loop: Loop = channel.subscribe(subscription)[Symbol.asyncIterator]();
  // The first pull starts the loop; it is handed out again as the first message.
  let first: ReturnType<Loop['next']> | undefined = loop.next();
  await Promise.race([ready.promise, first]);
  const next = async (): Promise<Delivery<Arrived>> => {
    const { value, done } = await (first ?? loop.next());
    first = undefined;
    if (done) throw new Error('the loop has ended');
    return value;
  };
  const ids = async (count: number): Promise<string[]> => {
    const got: string[] = [];
    while (got.length < count) {
      const delivery = await next();
      got.push(delivery.item.id);
      await delivery.commit();
    }
    return got;
  };
  return { next, ids, stop: () => stop.abort() };
};

describe('without a group', () => {
  test('every subscriber gets every message, each a copy of its own', async () => {
    const channel = new MemoryChannel();
    const [one, other] = [await listen(channel), await listen(channel, { subject: 'order.*' })];
    const body = { list: [1] };
    await channel.publish([message('a', { body })]);
    body.list.push(2);
    const got = (await one.next()).item.body as { list: number[] };
    expect(got).toEqual({ list: [1] });
    got.list.push(3);
    expect((await other.next()).item.body).toEqual({ list: [1] });
  });

  test.each([
    ['*', 'a', 'a.b'],
    ['a.*', 'a.b', 'a'],
    ['*.b', 'a.b', 'b'],
    ['a.>', 'a.b.c', 'a'],
    ['>', 'a.b', undefined],
    ['a.*.c', 'a.b.c', 'a.b.d'],
  ])('%s matches %s and not %s', async (pattern, match, other) => {
    const channel = new MemoryChannel();
    const loop = await listen(channel, { subject: pattern });
    if (other !== undefined) await channel.publish([message('other', { subject: other })]);
    await channel.publish([message('match', { subject: match })]);
    expect(await loop.ids(1)).toEqual(['match']);
  });

  test('replay begins at the start or after a cursor, and hints are never replayed', async () => {
    const channel = new MemoryChannel();
    await channel.publish([message('a'), message('hint', { hint: true }), message('b'), message('c')]);
    const loop = await listen(channel, { from: 'start' });
    expect((await loop.next()).item.id).toBe('a');
    const { cursor = '' } = (await loop.next()).item;
    const later = await listen(channel, { from: { after: cursor } });
    await channel.publish([message('d')]);
    expect(await later.ids(2)).toEqual(['c', 'd']);
  });

  test('keeps the newest for replay, and all that a slow subscriber has yet to take', async () => {
    const channel = new MemoryChannel(new MemoryChannelBackend({ maxMessages: 3 }));
    const slow = await listen(channel);
    const all = ['a', 'b', 'c', 'd', 'e'];
    await channel.publish(all.map((id) => message(id)));
    expect(await (await listen(channel, { from: 'start' })).ids(3)).toEqual(['c', 'd', 'e']);
    expect(await slow.ids(5)).toEqual(all);
  });

  test('a cursor of a former life hides nothing', async () => {
    const [before, after] = [new MemoryChannel(), new MemoryChannel()];
    const old = await listen(before);
    await before.publish([message('x'), message('y')]);
    await old.next();
    const { cursor = '' } = (await old.next()).item;
    await after.publish([message('a')]);
    expect(await (await listen(after, { from: { after: cursor } })).ids(1)).toEqual(['a']);
  });
});

describe('a group', () => {
  const group = 'shippers';

  test('gives each message to one, and keeps them while nobody is there', async () => {
    const channel = new MemoryChannel();
    const first = await listen(channel, { group });
    first.stop();
    await channel.publish([message('a'), message('b')]);
    const [one, other] = [await listen(channel, { group }), await listen(channel, { group })];
    const got = [...(await one.ids(1)), ...(await other.ids(1))];
    expect(got.sort()).toEqual(['a', 'b']);
  });

  test('a hint is for those who listen now', async () => {
    const channel = new MemoryChannel();
    const first = await listen(channel, { group });
    first.stop();
    await channel.publish([message('hint', { hint: true }), message('a')]);
    expect(await (await listen(channel, { group })).ids(1)).toEqual(['a']);
  });

  test('no member sees a later message of a key while another holds an earlier one', async () => {
    const channel = new MemoryChannel();
    const [one, other] = [await listen(channel, { group }), await listen(channel, { group })];
    await channel.publish([message('k1', { key: 'k' }), message('k2', { key: 'k' }), message('free')]);
    const k1 = await one.next();
    expect(k1.item.id).toBe('k1');
    expect(await other.ids(1)).toEqual(['free']);
    const waiting = other.next();
    await k1.commit();
    expect((await waiting).item.id).toBe('k2');
  });

  test('who holds a message of a key is given the next ones before it settles', async () => {
    const channel = new MemoryChannel();
    const one = await listen(channel, { group });
    await channel.publish([message('k1', { key: 'k' }), message('k2', { key: 'k' })]);
    const [k1, k2] = [await one.next(), await one.next()];
    await k2.rollback({ to: 'retry' });
    await k1.rollback({ to: 'retry' });
    expect(await one.ids(2)).toEqual(['k1', 'k2']);
  });

  test('a message that rests holds up those of its key, and only those', async () => {
    const due: (() => void)[] = [];
    const timer = (_: number, callback: () => void) => (due.push(callback), { cancel: () => undefined });
    const channel = new MemoryChannel(new MemoryChannelBackend(), { timer });
    const one = await listen(channel, { group });
    await channel.publish([message('k1', { key: 'k' }), message('k2', { key: 'k' }), message('free')]);
    await (await one.next()).rollback({ to: 'retry', delayMs: 1000 });
    expect(await one.ids(1)).toEqual(['free']);
    const waiting = one.ids(2);
    due[0]?.();
    expect(await waiting).toEqual(['k1', 'k2']);
  });

  test('what a closing channel has not settled goes to another, in order', async () => {
    const backend = new MemoryChannelBackend();
    const [dying, heir] = [new MemoryChannel(backend), new MemoryChannel(backend)];
    const [one, other] = [await listen(dying, { group }), await listen(heir, { group })];
    await dying.publish([
      message('k1', { key: 'k' }),
      message('k2', { key: 'k' }),
      message('k3', { key: 'k' }),
    ]);
    const [k1] = [await one.next(), await one.next()];
    await dying.close();
    expect(await other.ids(3)).toEqual(['k1', 'k2', 'k3']);
    await expect(k1.commit()).rejects.toThrow(ClosedError);
  });

  test('a loop that is over can still settle what it took', async () => {
    const channel = new MemoryChannel();
    const one = await listen(channel, { group });
    await channel.publish([message('a'), message('b')]);
    const a = await one.next();
    one.stop();
    await a.commit();
    expect(await (await listen(channel, { group })).ids(1)).toEqual(['b']);
  });
});

describe('the end of a loop', () => {
  test.each(['abort', 'close'])('%s ends it while it waits', async (how) => {
    const channel = new MemoryChannel();
    const stop = new AbortController();
    const loop = channel.subscribe({ subject: 'a', signal: stop.signal });
    const waiting = loop.next();
    if (how === 'abort') stop.abort();
    else await channel.close();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  test('a group message that comes in the moment of the abort is not lost', async () => {
    const channel = new MemoryChannel();
    const stop = new AbortController();
    const loop = channel.subscribe({ subject: 'order.shipped', group: 'g', signal: stop.signal });
    const waiting = loop.next();
    const published = channel.publish([message('a')]);
    stop.abort();
    await published;
    expect((await waiting).done).toBe(true);
    expect(await (await listen(channel, { group: 'g' })).ids(1)).toEqual(['a']);
  });
});

describe('a wrong call', () => {
  test.each(['', 'a..b', 'a b', 'a.*', 'x'.repeat(256)])(
    '%j is no subject to publish to',
    async (subject) => {
      const channel = new MemoryChannel();
      const loop = await listen(channel, { subject: '>' });
      await expect(channel.publish([message('a'), message('b', { subject })])).rejects.toThrow(PayloadError);
      await channel.publish([message('c')]);
      expect(await loop.ids(1)).toEqual(['c']);
    },
  );

  test.each(['>.a', 'a*', 'a.>.b', '*.'])('%j is no pattern', async (subject) => {
    const loop = new MemoryChannel().subscribe({ subject, signal: new AbortController().signal });
    await expect(loop.next()).rejects.toThrow(PayloadError);
  });
});
