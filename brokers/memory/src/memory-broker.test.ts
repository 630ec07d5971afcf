import { ClosedError, PayloadError, type QueueName, type Ticket } from '@waybill/core';
import { describe, expect, test } from 'vitest';
import { MemoryBroker, MemoryBrokerBackend } from './index.ts';

const ticket = (taskId: string, rank = 5, queue: QueueName = 'normal'): Ticket => ({
  tenant: 'acme',
  taskId,
  queue,
  rank,
  epoch: 0,
});
const normal = (max: number) => [{ queue: 'normal' as const, max }];
const ids = (deliveries: readonly { readonly item: Ticket }[]): string[] =>
  deliveries.map(({ item }) => item.taskId);

describe('order', () => {
  test('higher ranks first, then as enqueued, queues in the order wanted', async () => {
    const broker = new MemoryBroker();
    await broker.enqueue([
      ticket('low', 1),
      ticket('a'),
      ticket('b'),
      ticket('top', 10),
      ticket('urgent', 0, 'critical'),
    ]);
    const wanted = [{ queue: 'critical' as const, max: 5 }, ...normal(3)];
    expect(ids(await broker.acquire({ wanted, waitMs: 0 }))).toEqual(['urgent', 'top', 'a', 'b']);
  });

  test('what comes back takes its old place, in whatever order it comes back', async () => {
    const broker = new MemoryBroker();
    await broker.enqueue(['a', 'b', 'c', 'd', 'e'].map((id) => ticket(id)));
    const [a, b, c] = await broker.acquire({ wanted: normal(3), waitMs: 0 });
    await b?.rollback({ to: 'retry' });
    await c?.rollback({ to: 'retry' });
    await a?.rollback({ to: 'retry' });
    expect(ids(await broker.acquire({ wanted: normal(9), waitMs: 0 }))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a hundred thousand tickets come out as they went in', async () => {
    const broker = new MemoryBroker();
    const names = Array.from({ length: 100_000 }, (_, i) => `${i}`);
    await broker.enqueue(names.map((id) => ticket(id)));
    const out: string[] = [];
    while (out.length < names.length)
      out.push(...ids(await broker.acquire({ wanted: normal(999), waitMs: 0 })));
    expect(out).toEqual(names);
  });
});

describe('waiting', () => {
  test('an enqueue wakes who waits, first come first served', async () => {
    const backend = new MemoryBrokerBackend();
    const [one, other] = [new MemoryBroker(backend), new MemoryBroker(backend)];
    const first = one.acquire({ wanted: normal(1), waitMs: 60_000 });
    const second = other.acquire({ wanted: normal(1), waitMs: 60_000 });
    await one.enqueue([ticket('a'), ticket('b')]);
    expect([ids(await first), ids(await second)]).toEqual([['a'], ['b']]);
  });

  test('a ticket that is given back wakes who waits', async () => {
    const broker = new MemoryBroker();
    await broker.enqueue([ticket('a')]);
    const [held] = await broker.acquire({ wanted: normal(1), waitMs: 0 });
    const waiting = broker.acquire({ wanted: normal(1), waitMs: 60_000 });
    await held?.rollback({ to: 'retry' });
    expect(ids(await waiting)).toEqual(['a']);
  });

  test('ends when the signal aborts, and nothing is lost to who no longer waits', async () => {
    const broker = new MemoryBroker();
    const controller = new AbortController();
    const waiting = broker.acquire({ wanted: normal(1), waitMs: 60_000, signal: controller.signal });
    controller.abort();
    expect(await waiting).toEqual([]);
    await broker.enqueue([ticket('a')]);
    expect((await broker.depth()).get('normal')).toBe(1);
  });

  test('ends at its time', async () => {
    const due: (() => void)[] = [];
    const timer = (_: number, callback: () => void) => (due.push(callback), { cancel: () => {} });
    const broker = new MemoryBroker(undefined, { timer });
    const waiting = broker.acquire({ wanted: normal(1), waitMs: 50 });
    due[0]?.();
    expect(await waiting).toEqual([]);
  });
});

describe('delay', () => {
  const delayed = async () => {
    const due: (() => void)[] = [];
    let cancelled = 0;
    const timer = (_: number, callback: () => void) => (
      due.push(callback), { cancel: () => void cancelled++ }
    );
    const broker = new MemoryBroker(undefined, { timer });
    await broker.enqueue([ticket('a'), ticket('b')]);
    const [a] = await broker.acquire({ wanted: normal(1), waitMs: 0 });
    await a?.rollback({ to: 'retry', delayMs: 1000 });
    return { broker, due, cancelled: () => cancelled };
  };

  test('a delayed ticket waits, and then takes its old place', async () => {
    const { broker, due } = await delayed();
    expect((await broker.depth()).get('normal')).toBe(2);
    const [b] = await broker.acquire({ wanted: normal(2), waitMs: 0 });
    expect(b?.item.taskId).toBe('b');
    due[0]?.();
    await b?.rollback({ to: 'retry' });
    expect(ids(await broker.acquire({ wanted: normal(2), waitMs: 0 }))).toEqual(['a', 'b']);
  });

  test('clearing drops delayed tickets too', async () => {
    const { broker, cancelled } = await delayed();
    await broker.clear(['normal']);
    expect((await broker.depth()).get('normal')).toBe(0);
    expect(cancelled()).toBe(1);
  });
});

describe('close', () => {
  test('gives what is on loan to another client, in its old order', async () => {
    const backend = new MemoryBrokerBackend();
    const [dying, other] = [new MemoryBroker(backend), new MemoryBroker(backend)];
    await dying.enqueue([ticket('a'), ticket('b'), ticket('c')]);
    const [a] = await dying.acquire({ wanted: normal(2), waitMs: 0 });
    await dying.close();
    await dying.close();
    expect(ids(await other.acquire({ wanted: normal(3), waitMs: 0 }))).toEqual(['a', 'b', 'c']);
    await expect(a?.commit()).rejects.toThrow(ClosedError);
  });

  test('ends a blocked acquire; a ticket handed over in the same moment is not lost', async () => {
    const backend = new MemoryBrokerBackend();
    const [dying, other] = [new MemoryBroker(backend), new MemoryBroker(backend)];
    const blocked = dying.acquire({ wanted: normal(1), waitMs: 60_000 });
    const handedOver = dying.acquire({ wanted: [{ queue: 'batch', max: 1 }], waitMs: 60_000 });
    const enqueued = dying.enqueue([ticket('a', 5, 'batch')]);
    const closed = dying.close();
    await Promise.all([enqueued, closed, handedOver]);
    expect(await blocked).toEqual([]);
    expect(ids(await other.acquire({ wanted: [{ queue: 'batch', max: 1 }], waitMs: 0 }))).toEqual(['a']);
    await expect(dying.acquire({ wanted: normal(1), waitMs: 0 })).rejects.toThrow(ClosedError);
  });
});

test('a wrong ticket keeps the whole batch out', async () => {
  const broker = new MemoryBroker();
  await expect(broker.enqueue([ticket('a'), ticket('b', 11)])).rejects.toThrow(PayloadError);
  expect((await broker.depth()).get('normal')).toBe(0);
});
