import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { OpenContender } from '../contender.ts';
import { counter } from '../counter.ts';
import { partitions, serverUrl } from './server.ts';
import { numberOf, recordOf } from './ticket.ts';

const acks = -1;

/**
 * What can be had: an idempotent producer, one request for each send; and a consumer of whole batches, which commits
 * their offsets and does nothing else.
 */
export const openRawKafkajs: OpenContender = async () => {
  const topic = randomUUID();
  const kafka = new Kafka({ brokers: [new URL(serverUrl()).host], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const consumer = kafka.consumer({ groupId: topic });
  const ends = counter();
  const contender: Awaited<ReturnType<OpenContender>> = {
    submit: async (n) => {
      await producer.send({ topic, acks, messages: [recordOf(n)] });
    },
    submitMany: async (from, count) => {
      await producer.send({
        topic,
        acks,
        messages: Array.from({ length: count }, (_, n) => recordOf(from + n)),
      });
    },
    startWorkers: async () => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch: { messages } }) => {
          for (const { key } of messages) {
            contender.onStart?.(numberOf(String(key)));
            ends.one();
          }
        },
      });
    },
    ended: (count) => ends.wait(count),
    close: async () => {
      await consumer.disconnect();
      await producer.disconnect();
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
    },
  };
  return contender;
};
