import { randomUUID } from 'node:crypto';
import { openKafkaBroker } from '@waybill/broker-kafka';
import { type Delivery, isWaybillError, queueNames, type Ticket } from '@waybill/core';
import type { Contender, OpenContender } from '../contender.ts';
import { counter } from '../counter.ts';
import { partitions, serverUrl } from './server.ts';
import { numberOf, ticket } from './ticket.ts';

/** Our broker: awaited enqueues, and a loop that acquires from all queues and commits what it has got. */
const open = async (isSlow: boolean): Promise<Contender> => {
  const broker = await openKafkaBroker({ url: serverUrl(), namespace: randomUUID(), partitions });
  const ends = counter();
  const stop = new AbortController();
  let slow: Delivery<Ticket> | undefined;
  let working: Promise<void> | undefined;
  const contender: Contender = {
    submit: (n) => broker.enqueue([ticket(n)]),
    submitMany: (from, count) => broker.enqueue(Array.from({ length: count }, (_, n) => ticket(from + n))),
    startWorkers: ({ concurrency }) => {
      const wanted = queueNames.map((queue) => ({ queue, max: concurrency }));
      const work = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          const loans = await broker.acquire({ wanted, waitMs: 5_000, signal: stop.signal });
          for (const loan of loans) contender.onStart?.(numberOf(loan.item.taskId));
          if (isSlow) slow ??= loans[0];
          await Promise.all(loans.map((loan) => (loan === slow ? undefined : loan.commit())));
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
      await slow?.commit();
      await broker.clear(queueNames);
      await broker.close();
      await working;
    },
  };
  return contender;
};

export const openWaybillBroker: OpenContender = () => open(false);

/** The first ticket is not committed for as long as the others are worked on. */
export const openWaybillBrokerWithSlowTask: OpenContender = () => open(true);
