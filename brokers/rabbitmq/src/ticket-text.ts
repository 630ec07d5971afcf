import { checkTicket, isWaybillError, type QueueName, type Ticket } from '@waybill/core';

/** A ticket as its queue holds it: rank, epoch, length of the tenant, tenant, task. */
export const toTicketText = ({ tenant, taskId, rank, epoch }: Ticket): string =>
  `${rank.toString(16)}${epoch}:${tenant.length}:${tenant}${taskId}`;

/** `undefined` for what is no ticket: anybody with a password can put anything into a queue. */
export const fromTicketText = (text: string, queue: QueueName): Ticket | undefined => {
  const epochEnd = text.indexOf(':');
  const lengthEnd = text.indexOf(':', epochEnd + 1);
  if (epochEnd < 2 || lengthEnd < 0) return undefined;
  const tenantEnd = lengthEnd + 1 + Number(text.slice(epochEnd + 1, lengthEnd));
  const ticket = {
    tenant: text.slice(lengthEnd + 1, tenantEnd),
    taskId: text.slice(tenantEnd),
    queue,
    rank: Number.parseInt(text.charAt(0), 16),
    epoch: Number(text.slice(1, epochEnd)),
  };
  try {
    checkTicket(ticket);
    return ticket;
  } catch (error) {
    if (isWaybillError(error)) return undefined;
    throw error;
  }
};
