import { openKafkaBroker } from './kafka-broker.ts';
import type { Delivery, Ticket } from '@waybill/core';

/** What the process is told, and answers: the ids of what it has taken, or nothing. */
export type Order = { readonly take: number } | { readonly commit: true };

const [url = '', namespace = ''] = process.argv.slice(2);
const broker = await openKafkaBroker({ url, namespace, partitions: 2, sessionMs: 1_500 });
const loans: Delivery<Ticket>[] = [];

const take = async (max: number): Promise<readonly string[]> => {
  const taken = await broker.acquire({ wanted: [{ queue: 'normal', max }], waitMs: 500 });
  loans.push(...taken);
  return taken.map(({ item }) => item.taskId);
};

const commit = async (): Promise<readonly string[]> => {
  await Promise.all(loans.splice(0).map((loan) => loan.commit()));
  return [];
};

process.on('message', (order: Order) => {
  void ('take' in order ? take(order.take) : commit()).then((ids) => process.send?.(ids));
});
process.on('disconnect', () => process.exit());
