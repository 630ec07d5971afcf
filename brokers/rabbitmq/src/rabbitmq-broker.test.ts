import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  checkHealth,
  ConfigError,
  type Delivery,
  type Inspection,
  queueNames,
  type Ticket,
} from '@waybill/core';
import { Publisher, RabbitConnection } from '@waybill/rabbitmq';
import { startOwnRabbit } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { beforeEach, test, vi } from 'vitest';
import { openRabbitmqBroker, rabbitmqBroker, type RabbitmqBrokerOptions } from './index.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ticket = (n: number, more: Partial<Ticket> = {}): Ticket => ({
  tenant: 'acme',
  taskId: `t${n}`,
  queue: 'normal',
  rank: 5,
  epoch: 0,
  ...more,
});
const wanted = [{ queue: 'normal', max: 100 }] as const;
const idsOf = (loans: readonly Delivery<Ticket>[]): string[] => loans.map(({ item }) => item.taskId);

const asked = (options: Partial<RabbitmqBrokerOptions>): RabbitmqBrokerOptions =>
  rabbitmqBroker.options.parse(options);

/** A machine that is busy may take its time: these tests are about what happens, not about when. */
vi.setConfig({ testTimeout: 90_000 });
const waitMs = 30_000;

/** The server gives up, and closes the channel of, a consumer that settles nothing for so long. */
const consumerTimeoutMs = 4_000;
const impatient = {
  config: [`consumer_timeout = ${consumerTimeoutMs}`],
  args: ['-rabbit', 'channel_tick_interval', '200'],
};

await describeService(
  'an impatient RabbitMQ of its own',
  () => startOwnRabbit(impatient),
  (service) => {
    let options: { readonly url: string; readonly namespace: string; readonly requestMs: number };
    beforeEach(() => {
      options = { url: service.url, namespace: randomUUID(), requestMs: 15_000 };
    });

    test('a task may take longer than the consumer timeout: its ticket is settled before it begins', async () => {
      const broker = await openRabbitmqBroker(options);
      await broker.enqueue(numbers(3).map((n) => ticket(n)));
      const loans = await broker.acquire({ wanted, waitMs });
      await Promise.all(loans.map((loan) => loan.commit()));
      const next = broker.acquire({ wanted, waitMs });
      await pause(2 * consumerTimeoutMs);
      await broker.enqueue([ticket(3)]);
      const arrived = [...idsOf(loans), ...idsOf(await next)];
      while (arrived.length < 4) arrived.push(...idsOf(await broker.acquire({ wanted, waitMs })));
      assert.deepEqual(arrived, ['t0', 't1', 't2', 't3']);
      await broker.close();
    });

    test('the timeout that the test above outlasts is a real one: an unsettled ticket goes back', async () => {
      const broker = await openRabbitmqBroker(options);
      await broker.enqueue([ticket(1)]);
      const [loan] = await broker.acquire({ wanted, waitMs });
      const [again] = await broker.acquire({ wanted, waitMs });
      assert.equal(again?.item.taskId, 't1');
      await assert.rejects(loan?.commit() ?? Promise.resolve(), { code: 'WB_CONNECTION' });
      await again?.commit();
      await broker.close();
    });
  },
);

await describeService(
  'a RabbitMQ of its own',
  () => startOwnRabbit(),
  (service) => {
    let options: { readonly url: string; readonly namespace: string; readonly requestMs: number };
    beforeEach(() => {
      options = { url: service.url, namespace: randomUUID(), requestMs: 15_000 };
    });

    test('a queue that exists, made otherwise, is refused with what differs', async () => {
      const quorum = await openRabbitmqBroker(options);
      await quorum.close();
      const error = await openRabbitmqBroker({ ...options, queueType: 'classic' }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof ConfigError);
      assert.match(
        error.message,
        /critical exists already, made otherwise: its x-queue-type is quorum, not classic/,
      );
      assert.match(error.fix ?? '', /rabbitmqctl delete_queue/);
    });

    test('shards spread the tasks, and one task stays where it is', async () => {
      const broker = await openRabbitmqBroker({ ...options, queueType: 'classic', shards: 4 });
      await broker.enqueue(numbers(400).map((n) => ticket(n % 200)));
      const listed = await service.control('list_queues', '--silent', 'name', 'messages');
      const counts = listed
        .split('\n')
        .filter((line) => line.startsWith(`${options.namespace}.normal.`))
        .map((line) => Number(line.split('\t')[1]));
      assert.equal(counts.length, 4);
      for (const count of counts) assert.ok(count > 40 && count % 2 === 0, `shards of ${counts.join(', ')}`);
      assert.equal((await broker.depth()).get('normal'), 400);
      await broker.close();
    });

    test('what is no ticket is dropped, and hinders no other', async () => {
      const broker = await openRabbitmqBroker(options);
      const connection = await RabbitConnection.open({ ...asked(options), name: 'intruder' });
      const intruder = new Publisher(connection, { requestMs: 15_000, declare: async () => undefined });
      const texts = ['no ticket', '', '50:4:acme', '50:999999999:acmet', 'x0:4:acmet1', '50:-1:acmet1'];
      const routingKey = `${options.namespace}.normal`;
      await intruder.publish(texts.map((text) => ({ exchange: '', routingKey, content: Buffer.from(text) })));
      await broker.enqueue([ticket(1)]);
      assert.deepEqual(idsOf(await broker.acquire({ wanted, waitMs })), ['t1']);
      assert.equal((await broker.depth()).get('normal'), 0);
      await intruder.close();
      await connection.close();
      await broker.close();
    });

    test('who waits as long as a call may take, or longer, gets nothing and no error', async () => {
      const broker = await openRabbitmqBroker(asked({ ...options, requestMs: 1_500 }));
      const all = queueNames.map((queue) => ({ queue, max: 2 }));
      for (const wait of [1_500, 1_500, 2_500])
        assert.deepEqual(await broker.acquire({ wanted: all, waitMs: wait }), []);
      await broker.close();
    });

    test('doctor names the server, and an alarm of it; enqueue says so, and acquire goes on', async () => {
      const hasty = asked({ ...options, requestMs: 4_000 });
      const inspect = (): Promise<Inspection> => rabbitmqBroker.inspect(hasty);
      assert.match((await inspect()).server, /^RabbitMQ \d+\.\d+/);
      assert.deepEqual((await inspect()).findings, []);
      const broker = await openRabbitmqBroker(hasty);
      await broker.enqueue([ticket(1)]);
      await service.control('set_vm_memory_high_watermark', '0.0001');
      try {
        const [finding] = (await inspect()).findings;
        assert.equal(finding?.code, 'rabbitmq.blocked');
        assert.match(finding.message, /low on memory/);
        const fine = { inspect: async () => ({ server: 'none', findings: [] }) };
        const health = await checkHealth({ broker: { inspect }, channel: fine, store: fine });
        assert.equal(health.ports.broker.state, 'degraded');
        await assert.rejects(broker.enqueue([ticket(2)]), { code: 'WB_IN_DOUBT', retryable: true });
        await assert.rejects(broker.enqueue([ticket(3)]), {
          code: 'WB_CONNECTION',
          message: /low on memory/,
        });
        const loans = await broker.acquire({ wanted, waitMs });
        assert.deepEqual(idsOf(loans), ['t1']);
        await loans[0]?.commit();
      } finally {
        await service.control('set_vm_memory_high_watermark', '0.4');
      }
      await broker.enqueue([ticket(4)]);
      const left = new Set<string>();
      while (!left.has('t4')) for (const id of idsOf(await broker.acquire({ wanted, waitMs }))) left.add(id);
      assert.ok(!left.has('t3'), 'what was sent nothing of did not happen');
      await broker.close();
    });

    test('a queue that is deleted with 10,000 tickets in it is made again, and nothing hangs', async () => {
      const broker = await openRabbitmqBroker(options);
      await broker.enqueue(numbers(10_000).map((n) => ticket(n)));
      const held = await broker.acquire({ wanted, waitMs });
      const waiting = broker.acquire({ wanted: [{ queue: 'critical', max: 1 }], waitMs });
      for (const queue of queueNames) await service.control('delete_queue', `${options.namespace}.${queue}`);
      await Promise.allSettled(held.map((loan) => loan.commit()));
      await broker.enqueue([ticket(1, { queue: 'critical' }), ticket(10_001)]);
      assert.deepEqual(idsOf(await waiting), ['t1']);
      const seen = new Set<string>();
      while (!seen.has('t10001'))
        for (const id of idsOf(await broker.acquire({ wanted, waitMs }))) seen.add(id);
      await broker.close();
    });

    test('a queue that is purged with 10,000 tickets in flight goes on with the next one', async () => {
      const broker = await openRabbitmqBroker(options);
      await broker.enqueue(numbers(10_000).map((n) => ticket(n)));
      const held = await broker.acquire({ wanted, waitMs });
      await service.control('purge_queue', `${options.namespace}.normal`);
      await Promise.all(held.map((loan) => loan.commit()));
      await broker.enqueue([ticket(10_001)]);
      const seen = new Set<string>();
      while (!seen.has('t10001'))
        for (const id of idsOf(await broker.acquire({ wanted, waitMs }))) seen.add(id);
      assert.ok(seen.size < 1_000, `${seen.size} came after the purge`);
      await broker.close();
    });
  },
);
