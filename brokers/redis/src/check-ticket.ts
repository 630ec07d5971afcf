import { type Demand, PayloadError, type QueueName, queueNames, type Ticket } from '@waybill/core';

/** Throws a `PayloadError` for a ticket that could not come back as it was. */
export const checkTicket = ({ tenant, taskId, queue, rank, epoch }: Ticket): void => {
  checkQueue(queue);
  if (!isText(tenant) || !isText(taskId)) {
    throw new PayloadError('the tenant and task of a ticket must be text without lone surrogates');
  }
  if (!Number.isInteger(rank) || rank < 0 || rank > 10) {
    throw new PayloadError('the rank of a ticket must be 0 to 10');
  }
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new PayloadError('the epoch of a ticket must be a count');
  }
};

export const checkDemand = ({ wanted, waitMs }: Demand): void => {
  for (const { queue, max } of wanted) {
    checkQueue(queue);
    if (!Number.isInteger(max) || max < 1) throw new PayloadError('`max` must be 1 or more');
  }
  if (!(waitMs >= 0)) throw new PayloadError('`waitMs` must be 0 or more');
};

export const checkQueue = (queue: QueueName): void => {
  if (queueNames.includes(queue)) return;
  throw new PayloadError(`there is no queue ${JSON.stringify(queue)}`, {
    fix: `use ${queueNames.join(', ')}`,
  });
};

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.isWellFormed();
