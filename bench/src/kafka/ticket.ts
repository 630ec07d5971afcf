import type { Ticket } from '@waybill/core';

/** Like those of real tasks, whose ids are UUIDs. */
export const ticket = (n: number): Ticket => ({
  tenant: 'acme',
  taskId: `01938a5e-7b4c-7000-8000-${String(n).padStart(12, '0')}`,
  queue: 'normal',
  rank: 5,
  epoch: 0,
});

export const numberOf = (taskId: string): number => Number(taskId.slice(-12));

/** Key and value as the ticket has them on its way, for whoever sends no tickets. */
export const recordOf = (n: number): { readonly key: string; readonly value: string } => {
  const { tenant, taskId, rank, epoch } = ticket(n);
  return { key: taskId, value: JSON.stringify([tenant, taskId, rank, epoch]) };
};
