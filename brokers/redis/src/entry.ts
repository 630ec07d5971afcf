import { numberLength } from './scripts/tickets.ts';
import { queueNames, type QueueName, type Ticket } from '@waybill/core';

/** A ticket as its list holds it: lane, epoch, length of the tenant, tenant, task. See `scripts/tickets.ts`. */
export const toEntry = ({ tenant, taskId, queue, rank, epoch }: Ticket): string =>
  `${letterOf(queue)}${rank.toString(16)}${epoch}:${tenant.length}:${tenant}${taskId}`;

export const fromEntry = (entry: string): Ticket => {
  const [epochEnd, lengthEnd] = [entry.indexOf(':'), entry.indexOf(':', entry.indexOf(':') + 1)];
  const tenantEnd = lengthEnd + 1 + Number(entry.slice(epochEnd + 1, lengthEnd));
  return {
    tenant: entry.slice(lengthEnd + 1, tenantEnd),
    taskId: entry.slice(tenantEnd),
    queue: queueOf(entry.charAt(0)),
    rank: Number.parseInt(entry.charAt(1), 16),
    epoch: Number(entry.slice(laneLength, epochEnd)),
  };
};

/** What was lent: an entry behind its number. */
export const entryOf = (ref: string): string => ref.slice(numberLength);

export const laneOf = (entry: string): string => entry.slice(0, laneLength);
const laneLength = 2;

export const letterOf = (queue: QueueName): string => queue.charAt(0);
export const queueOf = (letter: string): QueueName =>
  queueNames.find((queue) => letterOf(queue) === letter) ?? 'normal';
