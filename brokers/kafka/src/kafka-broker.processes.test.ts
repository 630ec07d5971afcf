import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Ticket } from '@waybill/core';
import { onTestFinished, test } from 'vitest';
import { startService } from '@waybill/testing/services/kafka';
import { describeService } from '@waybill/testing/services/vitest';
import type { Order } from './consumer.fixture.ts';
import { type KafkaBroker, openKafkaBroker } from './kafka-broker.ts';

const timeout = 120_000;

const ticket = (n: number): Ticket => ({
  tenant: 'acme',
  taskId: `t${n}`,
  queue: 'normal',
  rank: 5,
  epoch: 0,
});
const tickets = (from: number, to: number): Ticket[] =>
  Array.from({ length: to - from }, (_, n) => ticket(from + n));

/** A process of its own that takes tickets when it is told to, and keeps them. */
class Consumer {
  readonly #child: ChildProcess;

  constructor(url: string, namespace: string) {
    this.#child = fork(join(import.meta.dirname, 'consumer.fixture.ts'), [url, namespace], {
      execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async tell(order: Order): Promise<readonly string[]> {
    const answered = once(this.#child, 'message');
    this.#child.send(order);
    const [ids] = await answered;
    return ids;
  }

  /** As many as it gets at last, as it may have to join first. */
  async take(max: number): Promise<readonly string[]> {
    for (;;) {
      const ids = await this.tell({ take: max });
      if (ids.length > 0) return ids;
    }
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }
}

/** Takes and commits until so many different ones have come. Answers all that came, in order. */
const drain = async (broker: KafkaBroker, count: number): Promise<readonly string[]> => {
  const seen: string[] = [];
  while (new Set(seen).size < count) {
    const loans = await broker.acquire({ wanted: [{ queue: 'normal', max: 100 }], waitMs: 500 });
    seen.push(...loans.map(({ item }) => item.taskId));
    await Promise.all(loans.map((loan) => loan.commit()));
  }
  return seen;
};

await describeService('consumers that are processes, on Kafka', startService, ({ url }) => {
  const open = async (): Promise<{ readonly heir: KafkaBroker; readonly consumer: Consumer }> => {
    const namespace = randomUUID();
    const heir = await openKafkaBroker({ url, namespace, partitions: 2, sessionMs: 1_500 });
    onTestFinished(() => heir.close());
    return { heir, consumer: new Consumer(url, namespace) };
  };

  test('what a process had that was killed goes to another one, once each', { timeout }, async () => {
    const { heir, consumer } = await open();
    await heir.enqueue(tickets(0, 200));
    assert.ok((await consumer.take(10)).length > 0);
    consumer.signal('SIGKILL');
    const seen = await drain(heir, 200);
    assert.equal(seen.length, 200);
  });

  test('a process that was stopped past its session has nothing any more, and disturbs nobody', {
    timeout,
  }, async () => {
    const { heir, consumer } = await open();
    await heir.enqueue(tickets(0, 40));
    assert.ok((await consumer.take(10)).length > 0);
    consumer.signal('SIGSTOP');
    const seen = [...(await drain(heir, 40))];
    consumer.signal('SIGCONT');
    assert.deepEqual(await consumer.tell({ take: 10 }), []);
    await consumer.tell({ commit: true }); // too late: they are another one's
    await heir.enqueue(tickets(40, 60));
    seen.push(...(await drain(heir, 20)));
    assert.equal(seen.length, 60);
    assert.equal(new Set(seen).size, 60);
  });
});
