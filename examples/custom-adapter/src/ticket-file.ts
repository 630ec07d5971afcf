import { queueNames, type Ticket } from '@waybill/core';
import { z } from 'zod';

const ticketSchema = z.object({
  tenant: z.string(),
  taskId: z.string(),
  queue: z.enum(queueNames),
  rank: z.number(),
  epoch: z.number(),
});

let made = 0;

/** Sorts by rank, highest first, then by when it was made. The process and the count make it unique. */
export const ticketFileName = ({ rank }: Ticket): string => {
  made += 1;
  const order = [10 - rank, Date.now(), made].map((part) => String(part).padStart(15, '0'));
  return `${order.join('-')}-${process.pid}.json`;
};

/** `undefined` for a file that is no ticket of ours: tickets are untrusted, and a lost one is issued again. */
export const parseTicket = (text: string): Ticket | undefined => {
  try {
    return ticketSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
