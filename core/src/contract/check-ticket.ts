import type { Ticket } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import { checkQueue } from './check-queue.ts';
import { checkText, longestId, longestTenant } from './check-text.ts';

/** Throws a `PayloadError` for a ticket that could not come back as it was. */
export const checkTicket = ({ tenant, taskId, queue, rank, epoch }: Ticket): void => {
  checkQueue(queue);
  checkText(tenant, 'tenant of a ticket', longestTenant);
  checkText(taskId, 'task id of a ticket', longestId);
  if (!Number.isInteger(rank) || rank < 0 || rank > 10)
    throw new PayloadError('the rank of a ticket is not allowed', { fix: 'use 0 to 10' });
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    throw new PayloadError('the epoch of a ticket is not allowed', { fix: 'use a count' });
};
