import { randomUUID } from 'node:crypto';
import { openRabbitmqBroker } from '@waybill/broker-rabbitmq';
import { isWaybillError, queueNames } from '@waybill/core';
import type { OpenContender } from '../contender.ts';
import { counter } from '../counter.ts';
import { serverUrl } from './server.ts';
import { numberOf, ticket } from './ticket.ts';

/** Our broker: confirmed enqueues, and a loop that acquires from all queues and commits what it has got. */
export const openWaybillBroker: OpenContender = async () => {
  const broker = await openRabbitmqBroker({ url: serverUrl(), namespace: randomUUID() });
  const ends = counter();
  const stop = new AbortController();
  let working: Promise<void> | undefined;
  const contender: Awaited<ReturnType<OpenContender>> = {
    submit: (n) => broker.enqueue([ticket(n)]),
    submitMany: (from, count) => broker.enqueue(Array.from({ length: count }, (_, n) => ticket(from + n))),
    startWorkers: ({ concurrency }) => {
      const wanted = queueNames.map((queue) => ({ queue, max: concurrency }));
      const work = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          const loans = await broker.acquire({ wanted, waitMs: 5_000, signal: stop.signal });
          for (const loan of loans) contender.onStart?.(numberOf(loan.item.taskId));
          await Promise.all(loans.map((loan) => loan.commit()));
          for (const _ of loans) ends.one();
        }
      };
      working = work().catch((error: unknown) => {
        if (!isWaybillError(error) || error.code !== 'WB_CLOSED') throw error;
      });
    },
    ended: (count) => ends.wait(count),
    close: async () => {
      stop.abort();
      await broker.clear(queueNames);
      await broker.close();
      await working;
    },
  };
  return contender;
};
