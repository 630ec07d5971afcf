import { checkTicket, isWaybillError, type QueueName, type Ticket } from '@waybill/core';

/** A ticket as its record has it; the queue is the topic. */
export const toTicketText = ({ tenant, taskId, rank, epoch }: Ticket): string =>
  JSON.stringify([tenant, taskId, rank, epoch]);

/** Undefined for what is none: anybody who may write to the topic could have written it. */
export const fromTicketText = (text: string, queue: QueueName): Ticket | undefined => {
  try {
    const [tenant, taskId, rank, epoch] = JSON.parse(text);
    const ticket: Ticket = { tenant, taskId, queue, rank, epoch };
    checkTicket(ticket);
    return ticket;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isWaybillError(error)) return undefined;
    throw error;
  }
};
