import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { isWaybillError } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { freePort } from '@waybill/testing/services/free-port';
import { startOwnRabbit } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { z } from 'zod';
import { connectionOptions, Publisher, RabbitChannel, RabbitConnection } from './index.ts';

const schema = z.strictObject(connectionOptions);
type Options = z.input<typeof schema>;

const optionsFor = (more: Options) => ({ ...schema.parse({ requestMs: 1_000, ...more }), name: 'test' });

const outcomeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return isWaybillError(error) ? error.code : String(error);
  }
};

const timersNow = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

const ignore = (): void => undefined;
const deaf = { arrived: ignore, cancelled: ignore, over: ignore };

await describeService('a RabbitMQ of its own', startOwnRabbit, (service) => {
  let proxy: FaultProxy;
  let address: string;

  beforeAll(async () => {
    proxy = await FaultProxy.open({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
    address = proxy.url(service.url).replace(/\/$/, '');
  });
  afterAll(() => proxy.close());
  beforeEach(() => proxy.heal());

  const publisherOn = (connection: RabbitConnection, queue: string): Publisher =>
    new Publisher(connection, {
      requestMs: 1_000,
      declare: (channel, deadline) =>
        channel.declareQueue({ name: queue, arguments: { 'x-queue-type': 'classic' } }, deadline),
    });

  const message = (routingKey: string) => ({
    exchange: '',
    routingKey,
    content: Buffer.from('text'),
    mandatory: true,
  });

  const waitingIn = async (queue: string): Promise<number> => {
    const connection = await RabbitConnection.open(optionsFor({ url: service.url }));
    const deadline = performance.now() + 15_000;
    const channel = await RabbitChannel.open(await connection.session(deadline), deadline, deaf);
    const waiting = await channel.waiting(queue, deadline);
    await connection.close();
    return waiting;
  };

  test('a confirm that never comes is a doubt, and the message may be there', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const publisher = publisherOn(connection, 'doubts');
    await publisher.publish([message('doubts')]);
    const dropped = proxy.dropReply((request) => request.includes('text'));
    assert.equal(await outcomeOf(publisher.publish([message('doubts')])), 'WB_IN_DOUBT');
    await dropped;
    assert.equal(await waitingIn('doubts'), 2);
    await publisher.close();
    await connection.close();
  });

  test('a server that says nothing costs no more than the deadline, and then nothing but a new connection', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const publisher = publisherOn(connection, 'silence');
    await publisher.publish([message('silence')]);
    proxy.swallow();
    const started = performance.now();
    assert.equal(await outcomeOf(publisher.publish([message('silence')])), 'WB_IN_DOUBT');
    assert.equal(await outcomeOf(publisher.publish([message('silence')])), 'WB_CONNECTION');
    assert.ok(performance.now() - started < 15_000, `${performance.now() - started} ms`);
    proxy.heal();
    await publisher.publish([message('silence')]);
    await publisher.close();
    await connection.close();
  });

  test('what is asked when the connection ends is not waited for, and leaves no timer', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const never = performance.now() + 600_000;
    const session = await connection.session(never);
    const channels = await Promise.all([0, 1].map(() => RabbitChannel.open(session, never, deaf)));
    const timers = timersNow();
    proxy.swallow();
    const asked = channels.flatMap((channel) => [channel.close(never), channel.close(never)]);
    proxy.cut();
    const outcomes = await Promise.all(asked.map(outcomeOf));
    assert.deepEqual(outcomes, Array(4).fill('WB_CONNECTION'));
    proxy.heal();
    await connection.close();
    assert.ok(timersNow() <= timers, `${timersNow()} timers after ${timers}`);
  });

  test('what was not sent has not happened', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const publisher = publisherOn(connection, 'unsent');
    await publisher.publish([message('unsent')]);
    proxy.goDown();
    await pause(50);
    assert.equal(await outcomeOf(publisher.publish([message('unsent')])), 'WB_CONNECTION');
    assert.equal(await waitingIn('unsent'), 1);
    await publisher.close();
    await connection.close();
  });

  test('a message that reaches no queue any more is sent again, to a new queue', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const publisher = publisherOn(connection, 'deleted');
    await publisher.publish([message('deleted')]);
    await service.control('delete_queue', 'deleted');
    await Promise.all(Array.from({ length: 50 }, () => publisher.publish([message('deleted')])));
    assert.ok((await waitingIn('deleted')) >= 50);
    await publisher.close();
    await connection.close();
  });

  test('any node of a cluster will do', async () => {
    const nobody = `amqp://127.0.0.1:${await freePort()}`;
    const cluster = [nobody, address, nobody];
    const connection = await RabbitConnection.open(optionsFor({ cluster, requestMs: 15_000 }));
    proxy.cut();
    await pause(20);
    const session = await connection.session(performance.now() + 15_000);
    assert.equal(session.isOver, false);
    await connection.close();
  });

  test('a wrong password is refused at once, with what mends it and without the password', async () => {
    const started = performance.now();
    const wrong = optionsFor({ url: address, username: 'guest', password: 'hunter2', requestMs: 60_000 });
    const error: unknown = await RabbitConnection.open(wrong).catch((thrown: unknown) => thrown);
    assert.ok(isWaybillError(error) && error.code === 'WB_CONNECTION', String(error));
    assert.match(String(error.fix), /password/);
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /hunter2/);
    assert.ok(performance.now() - started < 30_000);
  });

  test('100 flaps leave no connections, no timers and no memory behind', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: address }));
    const publisher = publisherOn(connection, 'flaps');
    const round = async (times: number): Promise<void> => {
      let over = false;
      const flapping = proxy.flap(times, { upMs: 15, downMs: 4 }).finally(() => (over = true));
      while (!over) await outcomeOf(publisher.publish([message('flaps')]));
      await flapping;
      // After so many failures it may not try again for longer than a request waits.
      for (const limit = performance.now() + 10_000; ; )
        if ((await outcomeOf(publisher.publish([message('flaps')]))) === 'answered') return;
        else assert.ok(performance.now() < limit, 'it is not back');
    };
    await round(20);
    const before = { timers: timersNow(), memory: process.memoryUsage().heapUsed };
    await round(100);
    await pause(50);
    assert.ok(proxy.connections <= 1, `${proxy.connections} connections`);
    assert.ok(timersNow() <= before.timers + 3, `${timersNow()} timers after ${before.timers}`);
    const grown = process.memoryUsage().heapUsed - before.memory;
    assert.ok(grown < 64_000_000, `${grown} bytes more`);
    await publisher.close();
    await connection.close();
    assert.equal(timersNow() <= before.timers, true);
  });

  test('it is back soon after the server is: killed, stopped and started again', async () => {
    const connection = await RabbitConnection.open(optionsFor({ url: service.url, requestMs: 30_000 }));
    const publisher = new Publisher(connection, { requestMs: 30_000, declare: async () => undefined });
    const faults = [
      async () => {
        await service.kill();
        await service.restart();
      },
      async () => {
        await service.control('stop_app');
        await service.control('start_app');
      },
    ];
    for (const fault of faults) {
      await fault();
      const started = performance.now();
      await publisher
        .publish([{ exchange: '', routingKey: 'nobody', content: Buffer.from('x') }])
        .catch(ignore);
      await publisher.publish([{ exchange: '', routingKey: 'nobody', content: Buffer.from('x') }]);
      assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`);
    }
    await publisher.close();
    await connection.close();
  });
});
