import { defineCollection, defineHandler } from '@waybill/core';
import { z } from 'zod';

export const Notes = defineCollection({
  name: 'notes',
  schema: z.object({ text: z.string(), rank: z.number().default(0) }),
  indexes: [{ name: 'rank', fields: ['rank'] }],
});

export const echo = defineHandler({
  topic: 'echo',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: ({ text }) => ({ text: `${text}!` }),
});
