import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type Arrived,
  ClosedError,
  type Delivery,
  type Message,
  PayloadError,
  type Subscription,
} from '@waybill/core';
import { SqliteFile } from '@waybill/sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SqliteChannelOptions } from './options.ts';
import { openSqliteChannel, type SqliteChannel } from './sqlite-channel.ts';

let directory: string;
let file: string;
let over: AbortController;
const opened: (SqliteChannel | ChildProcess)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-channel-'));
  file = join(directory, 'waybill.db');
  over = new AbortController();
});

afterEach(async () => {
  over.abort();
  for (const each of opened.splice(0)) await ('kill' in each ? each.kill('SIGKILL') : each.close());
  rmSync(directory, { recursive: true });
});

const open = async (options: Partial<SqliteChannelOptions> = {}): Promise<SqliteChannel> => {
  const channel = await openSqliteChannel({ file, ...options });
  opened.push(channel);
  return channel;
};

const message = (id: string | number, more: Partial<Message> = {}): Message => ({
  id: `${id}`,
  subject: 'order.shipped',
  body: { id },
  ...more,
});
const messages = (from: number, to: number, more: Partial<Message> = {}): Message[] =>
  Array.from({ length: to - from }, (_, i) => message(from + i, more));

type Wish = Partial<Subscription>;

/** A subscription that is ready, as an iterator. */
const listen = async (channel: SqliteChannel, wish: Wish = {}): Promise<AsyncIterator<Delivery<Arrived>>> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = { subject: 'order.shipped', signal: over.signal, onReady: resolve, ...wish };
  const iterator = channel.subscribe(subscription)[Symbol.asyncIterator]();
  await promise;
  return iterator;
};

const next = async (iterator: AsyncIterator<Delivery<Arrived>>): Promise<Delivery<Arrived>> => {
  const { value, done } = await iterator.next();
  if (done) throw new Error('the loop has ended');
  return value;
};
const nextIds = async (iterator: AsyncIterator<Delivery<Arrived>>, count: number): Promise<string[]> => {
  const ids: string[] = [];
  while (ids.length < count) {
    const delivery = await next(iterator);
    await delivery.commit();
    ids.push(delivery.item.id);
  }
  return ids;
};
const idsOf = (sent: readonly Message[]) => sent.map(({ id }) => id);

/** Whether nothing comes for a moment; what comes later is left to the next one who asks. */
const staysQuiet = async (waiting: Promise<unknown>): Promise<boolean> => {
  const quiet = new Promise((resolve) => setTimeout(() => resolve('quiet'), 60));
  return (await Promise.race([waiting, quiet])) === 'quiet';
};

describe('messages', () => {
  it('reach every subscriber as they are, in their order, also in another client', async () => {
    const [here, there] = [await open(), await open()];
    const listeners = [await listen(here), await listen(there), await listen(there, { subject: 'order.>' })];
    const sent = [message('a', { key: 'k', body: [null, 'ä', { deep: true }] }), ...messages(0, 50)];
    await here.publish(sent);
    for (const listener of listeners) {
      const { item } = await next(listener);
      expect(item).toEqual({ ...sent[0], cursor: expect.any(String) });
      expect(await nextIds(listener, 50)).toEqual(idsOf(messages(0, 50)));
    }
  });

  it('begin now, at the start, or after a cursor', async () => {
    const channel = await open();
    await channel.publish(messages(0, 3));
    const all = await listen(channel, { from: 'start' });
    const { item: first } = await next(all);
    const rest = await listen(channel, { from: { after: first.cursor ?? '' } });
    const now = await listen(channel);
    await channel.publish(messages(3, 5));
    expect(await nextIds(all, 4)).toEqual(['1', '2', '3', '4']);
    expect(await nextIds(rest, 4)).toEqual(['1', '2', '3', '4']);
    expect(await nextIds(now, 2)).toEqual(['3', '4']);
  });

  it('go to those whose pattern they match', async () => {
    const channel = await open();
    const patterns = ['a.b.c', 'a.*.c', '*.*.*', 'a.>', '>', 'a.*', 'A.b.c'];
    const subjects = ['a.b.c', 'a.x.c', 'a.b', 'a.b.c.d', 'b.b.c', 'a.b_c'];
    const listeners = await Promise.all(
      patterns.flatMap((subject) => [
        listen(channel, { subject }),
        listen(channel, { subject, from: 'start' }),
      ]),
    );
    await channel.publish(subjects.map((subject) => message(subject, { subject })));
    const expected = {
      'a.b.c': ['a.b.c'],
      'a.*.c': ['a.b.c', 'a.x.c'],
      '*.*.*': ['a.b.c', 'a.x.c', 'b.b.c'],
      'a.>': ['a.b.c', 'a.x.c', 'a.b', 'a.b.c.d', 'a.b_c'],
      '>': subjects,
      'a.*': ['a.b', 'a.b_c'],
      'A.b.c': [],
    };
    for (const [n, ids] of Object.values(expected).entries()) {
      for (const listener of [listeners[2 * n], listeners[2 * n + 1]]) {
        expect(listener && (await nextIds(listener, ids.length))).toEqual(ids);
      }
    }
  });

  it('wait in the file, not in memory, for a subscriber that is slow', async () => {
    const channel = await open();
    const slow = await listen(channel);
    const sent = messages(0, 2_000);
    for (let n = 0; n < 2_000; n += 100) await channel.publish(sent.slice(n, n + 100));
    expect(await nextIds(slow, 1_000)).toEqual(idsOf(sent.slice(0, 1_000)));
    const more = messages(2_000, 2_300);
    await channel.publish(more);
    expect(await nextIds(slow, 1_300)).toEqual(idsOf([...sent.slice(1_000), ...more]));
  });

  it('that a slow subscriber has not taken in time are gone like for everybody', async () => {
    const channel = await open({ maxMessages: 1_000 });
    const slow = await listen(channel);
    await channel.publish(messages(0, 500));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await channel.publish(messages(500, 2_000)); // trims what is too many
    const ids = await nextIds(slow, 1_000);
    expect(ids.slice(0, 10)).toEqual(idsOf(messages(0, 10)));
    expect(ids).not.toContain('400');
    expect(ids).toContain('1500');
  });

  it('are kept for a time and up to a number', async () => {
    const channel = await open({ maxMessages: 1_000, retainMs: 1_000 });
    await channel.publish(messages(0, 1_500));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await channel.publish(messages(1_500, 1_510)); // trims what is too many and too old
    expect(await nextIds(await listen(channel, { from: 'start' }), 10)).toEqual(
      idsOf(messages(1_500, 1_510)),
    );
  });

  it('that are none are refused', async () => {
    const channel = await open();
    const wrong: Partial<Message>[] = [
      { subject: 'a..b' },
      { subject: 'a.*' },
      { subject: '' },
      { id: '\ud83d' },
      { key: '\ud83d' },
      { body: (() => 1) as never },
    ];
    for (const more of wrong) {
      await expect(channel.publish([message('fine'), message('wrong', more)])).rejects.toThrow(PayloadError);
    }
    for (const subject of ['>.a', 'a.>b', '', 'a b']) {
      await expect(async () => listen(channel, { subject })).rejects.toThrow(PayloadError);
    }
    await expect(async () => listen(channel, { from: { after: '1; drop' } })).rejects.toThrow(PayloadError);
    const replay = listen(channel, { from: 'start' });
    await channel.publish([message('right')]);
    expect(await nextIds(await replay, 1)).toEqual(['right']);
  });
});

describe('hints', () => {
  it('reach who listens, and are never replayed', async () => {
    const [here, there] = [await open(), await open()];
    const listeners = [
      await listen(here),
      await listen(there, { subject: 'order.*' }),
      await listen(there, { group: 'g' }),
    ];
    await here.publish([message('hint', { hint: true }), message('kept')]);
    for (const listener of listeners) {
      const delivery = await next(listener);
      expect(delivery.item).toEqual({ ...message('hint', { hint: true }) });
      await delivery.commit();
      expect(await nextIds(listener, 1)).toEqual(['kept']);
    }
    expect(await nextIds(await listen(here, { from: 'start' }), 1)).toEqual(['kept']);
    await (await listen(there, { group: 'empty' })).return?.();
    await here.publish([message('missed', { hint: true })]);
    const late = await listen(there, { group: 'empty' });
    await here.publish([message('later')]);
    expect(await nextIds(late, 1)).toEqual(['later']);
  });

  it('for nobody are not even written', async () => {
    const [here, there] = [await open(), await open()];
    const stop = new AbortController();
    const gone = await listen(there, { signal: stop.signal });
    await listen(there, { subject: 'other.>' });
    const waiting = gone.next();
    stop.abort();
    expect(await waiting).toMatchObject({ done: true });
    await here.publish([message('hint', { hint: true })]);
    await here.publish([message('hint', { hint: true }), message('kept')]);
    const connection = await SqliteFile.open({ file, synchronous: 'normal', busyTimeoutMs: 1_000 });
    const count = await connection.read(() =>
      connection.prepare('SELECT count(*) FROM waybill_message').get(),
    );
    await connection.close();
    expect(count).toEqual([1]);
  });
});

describe('a group', () => {
  it('gives each message to one member, and keeps them while it has none', async () => {
    const [here, there] = [await open(), await open()];
    const stop = new AbortController();
    const first = await listen(here, { group: 'g', signal: stop.signal });
    await first.return?.();
    const sent = messages(0, 300);
    await here.publish(sent);
    const members = await Promise.all([here, there, there].map((channel) => listen(channel, { group: 'g' })));
    const other = await listen(there, { group: 'other' });
    const seen = new Set<string>();
    await Promise.all(
      members.map(async (member) => {
        while (seen.size < 300) {
          const { value } = await Promise.race([
            member.next(),
            new Promise<IteratorReturnResult<undefined>>((resolve) =>
              setTimeout(resolve, 500, { done: true, value: undefined }),
            ),
          ]);
          if (value === undefined) continue;
          expect(seen.has(value.item.id)).toBe(false);
          seen.add(value.item.id);
          await value.commit();
        }
      }),
    );
    expect(seen.size).toBe(300);
    expect(await staysQuiet(other.next())).toBe(true);
  });

  it('lets one of its members have a subject and key at a time, in order', async () => {
    const channel = await open();
    const [one, two] = [await listen(channel, { group: 'g' }), await listen(channel, { group: 'g' })];
    await channel.publish([...messages(0, 3, { key: 'k' }), message('free', { key: 'other' })]);
    const first = await next(one);
    expect(first.item.id).toBe('0');
    const free = await next(two);
    expect(free.item.id).toBe('free');
    await free.commit();
    const second = two.next();
    expect(await staysQuiet(second)).toBe(true);
    await first.rollback({ to: 'retry', delayMs: 30 });
    const again = (await second).value as Delivery<Arrived>;
    expect(again.item.id).toBe('0');
    await again.commit();
    const [a, b] = [await next(one), two.next()];
    expect(a.item.id).toBe('1');
    await a.rollback({ to: 'drop' });
    expect(((await b).value as Delivery<Arrived>).item.id).toBe('2');
  });

  it('finds what matches behind much that only almost does', async () => {
    const channel = await open();
    const member = await listen(channel, { subject: 'order.*', group: 'g' });
    await channel.publish([...messages(0, 40, { subject: 'order.item.lost' }), message('found')]);
    const found = next(member);
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 3_000).unref());
    expect(await Promise.race([found, late])).toHaveProperty('item.id', 'found');
  });

  it('gives what a member had not looked at to the others', async () => {
    const channel = await open();
    const stop = new AbortController();
    const quick = await listen(channel, { group: 'g', signal: stop.signal });
    await channel.publish(messages(0, 100));
    expect(await nextIds(quick, 20)).toEqual(idsOf(messages(0, 20)));
    stop.abort();
    const heir = await listen(channel, { group: 'g' });
    expect((await nextIds(heir, 80)).sort()).toEqual(idsOf(messages(20, 100)).sort());
  });

  it('gives what a closed channel or a killed process had not settled to the others', async () => {
    const [here, there] = [await open({ leaseMs: 300 }), await open({ leaseMs: 300 })];
    const closing = await listen(there, { group: 'g' });
    await here.publish([message('held')]);
    await next(closing);
    await there.close();
    const heir = await listen(here, { group: 'g' });
    expect(await nextIds(heir, 1)).toEqual(['held']);
    const child = startNode(`
      import { openSqliteChannel } from '@waybill/channel-sqlite';
      const channel = await openSqliteChannel({ file: ${JSON.stringify(file)}, leaseMs: 300 });
      const signal = new AbortController().signal;
      const onReady = () => console.log('ready');
      for await (const { item } of channel.subscribe({ subject: 'job', group: 'g', signal, onReady })) console.log(item.id);`);
    const lines = createInterface(child.stdout);
    expect(await once(lines, 'line')).toEqual(['ready']);
    await here.publish([message('killed', { subject: 'job', key: 'k' })]);
    expect(await once(lines, 'line')).toEqual(['killed']);
    child.kill('SIGKILL');
    const survivor = await listen(here, { subject: 'job', group: 'g' });
    expect(await nextIds(survivor, 1)).toEqual(['killed']);
  });

  it('keeps the order of one key however many wait behind it', async () => {
    const channel = await open();
    const [one, two] = [await listen(channel, { group: 'g' }), await listen(channel, { group: 'g' })];
    await channel.publish([...messages(0, 1_200, { key: 'k' }), message('behind', { key: 'other' })]);
    const asked = new Map([one, two].map((member) => [member, member.next()]));
    const seen: string[] = [];
    while (seen.length < 1_201) {
      const answers = [...asked].map(async ([member, answer]) => ({
        member,
        delivery: (await answer).value,
      }));
      const { member, delivery } = await Promise.race(answers);
      seen.push(delivery.item.id);
      await delivery.commit();
      asked.set(member, member.next());
    }
    expect(seen.filter((id) => id !== 'behind')).toEqual(idsOf(messages(0, 1_200)));
  });

  it('keeps the lease of a member that is alive, however long it takes', async () => {
    const channel = await open({ leaseMs: 150 });
    const [one, two] = [
      await listen(channel, { group: 'g' }),
      await listen(await open({ leaseMs: 150 }), { group: 'g' }),
    ];
    await channel.publish([message('slow')]);
    const slow = await next(one);
    const other = two.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await staysQuiet(other)).toBe(true);
    await slow.commit();
    await channel.publish([message('next')]);
    expect((await other).value.item.id).toBe('next');
  });
});

describe('the loss of power', () => {
  /** How often this has waited for the disk. */
  const waitsOf = (): (() => number) => {
    const spy = vi.spyOn(SqliteFile.prototype, 'writeToDisk');
    onTestFinished(() => spy.mockRestore());
    return () => spy.mock.calls.length;
  };

  it('is survived by messages and by where a group begins; hints and settlements wait for no disk', async () => {
    const waits = waitsOf();
    const channel = await open();
    expect(channel.capabilities.durability).toBe('disk');
    const listener = await listen(channel);
    await channel.publish([message('hint', { hint: true })]);
    await next(listener);
    expect(waits()).toBe(0);
    const member = await listen(channel, { group: 'g' });
    expect(waits()).toBe(1);
    await channel.publish([message('hint', { hint: true }), message('m')]);
    expect(waits()).toBe(2);
    await (await next(member)).commit();
    await (await next(member)).commit();
    await next(listener);
    expect(waits()).toBe(2);
  });

  it('may take the last messages where `normal` was chosen, which then wait for no disk', async () => {
    const waits = waitsOf();
    const channel = await open({ synchronous: 'normal' });
    expect(channel.capabilities.durability).toBe('process');
    await listen(channel, { group: 'g' });
    await channel.publish([message('m')]);
    expect(waits()).toBe(0);
  });
});

describe('a process that slept longer than its lease', () => {
  it('listens again when it wakes, though others have buried it', async () => {
    const child = startNode(`
      import { openSqliteChannel } from '@waybill/channel-sqlite';
      const channel = await openSqliteChannel({ file: ${JSON.stringify(file)}, leaseMs: 150 });
      const signal = new AbortController().signal;
      const onReady = () => console.log('ready');
      for await (const { item } of channel.subscribe({ subject: 'ping', signal, onReady })) console.log(item.id);`);
    const lines = createInterface(child.stdout);
    await once(lines, 'line');
    const channel = await open({ leaseMs: 150 });
    await listen(channel, { subject: 'other' });
    const isHeard = async (id: string) => {
      const heard = once(lines, 'line');
      await channel.publish([message(id, { subject: 'ping', hint: true })]);
      return heard;
    };
    expect(await isHeard('before')).toEqual(['before']);
    child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await channel.publish([message('unheard', { subject: 'ping', hint: true })]);
    child.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await isHeard('after')).toEqual(['after']);
  });
});

describe('a channel', () => {
  it('that closes ends its loops, and refuses later calls', async () => {
    const channel = await open();
    const loops = [
      await listen(channel),
      await listen(channel, { group: 'g' }),
      await listen(channel, { from: 'start' }),
    ];
    const ends = loops.map((loop) => loop.next());
    await channel.close();
    for (const end of ends) expect(await end).toMatchObject({ done: true });
    await expect(channel.publish([message('a')])).rejects.toThrow(ClosedError);
    expect(() => channel.subscribe({ subject: 'a', signal: over.signal })).toThrow(ClosedError);
    await channel.close();
  });

  it('carries a message to another process soon', async () => {
    const child = startNode(`
      import { openSqliteChannel } from '@waybill/channel-sqlite';
      const channel = await openSqliteChannel({ file: ${JSON.stringify(file)} });
      const signal = new AbortController().signal;
      const onReady = () => console.log('ready');
      for await (const { item } of channel.subscribe({ subject: 'ping', signal, onReady })) {
        await channel.publish([{ id: item.id, subject: 'pong', body: null }]);
      }`);
    await once(createInterface(child.stdout), 'line');
    const channel = await open();
    const pongs = await listen(channel, { subject: 'pong' });
    const tookMs: number[] = [];
    for (let n = 0; n < 50; n++) {
      const startedAt = performance.now();
      await channel.publish([message(n, { subject: 'ping' })]);
      expect(await nextIds(pongs, 1)).toEqual([`${n}`]);
      tookMs.push(performance.now() - startedAt);
    }
    tookMs.sort((a, b) => a - b);
    expect(tookMs[25]).toBeLessThan(40); // there and back, the median: this computer may be busy with other tests
  });
});

const startNode = (script: string) => {
  const args = ['--conditions=@waybill/source', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  opened.push(child);
  return child;
};
