import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import type { OpenContender } from '../contender.ts';
import { counter } from '../counter.ts';
import { serverUrl } from './server.ts';
import { textOf } from './ticket.ts';

/**
 * What can be had: messages of the same size to a quorum queue, each confirmed; and a consumer that acknowledges each.
 * Two connections, as ours has.
 */
export const openRawAmqplib: OpenContender = async () => {
  const queue = randomUUID();
  const outgoing = await connect(serverUrl(), { noDelay: true });
  const incoming = await connect(serverUrl(), { noDelay: true });
  const publisher = await outgoing.createConfirmChannel();
  const consumer = await incoming.createChannel();
  await publisher.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const ends = counter();
  const publish = (n: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const content = Buffer.from(textOf(n));
      publisher.sendToQueue(queue, content, { persistent: true }, (error: Error | null) =>
        error === null ? resolve() : reject(error),
      );
    });
  const contender: Awaited<ReturnType<OpenContender>> = {
    submit: publish,
    submitMany: async (from, count) => {
      await Promise.all(Array.from({ length: count }, (_, n) => publish(from + n)));
    },
    startWorkers: async ({ concurrency }) => {
      await consumer.prefetch(concurrency);
      await consumer.consume(queue, (message) => {
        if (message === null) return;
        contender.onStart?.(Number(message.content.toString().slice(-12)));
        consumer.ack(message);
        ends.one();
      });
    },
    ended: (count) => ends.wait(count),
    close: async () => {
      await publisher.deleteQueue(queue);
      await incoming.close();
      await outgoing.close();
    },
  };
  return contender;
};
