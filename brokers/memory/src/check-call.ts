import { type Demand, PayloadError, type QueueName, queueNames, type Ticket } from '@waybill/core';

export const checkQueue = (queue: QueueName): void => {
  if (!queueNames.includes(queue)) throw new PayloadError(`there is no queue ${JSON.stringify(queue)}`);
};

export const checkTicket = ({ queue, rank }: Ticket): void => {
  checkQueue(queue);
  if (!Number.isInteger(rank) || rank < 0 || rank > 10) throw new PayloadError('a rank is 0 to 10');
};

export const checkDemand = ({ wanted, waitMs }: Demand): void => {
  for (const { queue, max } of wanted) {
    checkQueue(queue);
    if (!Number.isInteger(max) || max < 1)
      throw new PayloadError('a demand wants 1 ticket or more of each queue');
  }
  if (!(waitMs >= 0)) throw new PayloadError('a demand waits 0 milliseconds or more');
};
