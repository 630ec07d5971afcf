import { z } from 'zod';

const body = z.discriminatedUnion('kind', [
  /** The group is about to change. */
  z.object({ kind: z.literal('joining') }),
  /** Nobody takes what waits in this topic at the sender's. */
  z.object({ kind: z.literal('surplus'), topic: z.string() }),
  /** The sender has settled what it had on loan of a partition that another one holds. */
  z.object({ kind: z.literal('settled'), name: z.string(), offset: z.int() }),
  /** The sender gives it back, to be delivered again. */
  z.object({ kind: z.literal('returned'), name: z.string(), offset: z.int() }),
  /** What is before the offset was dropped. */
  z.object({ kind: z.literal('cleared'), name: z.string(), offset: z.int() }),
]);

const envelope = z.object({ group: z.string(), by: z.string() });

/** What members of a group tell each other by the bell. */
export type GroupNote = z.output<typeof body>;

export type EndNote = Extract<GroupNote, { readonly kind: 'settled' | 'returned' }>;

/** Undefined for what is none. */
export const readGroupNote = (value: unknown): (GroupNote & z.output<typeof envelope>) | undefined => {
  const [from, note] = [envelope.safeParse(value), body.safeParse(value)];
  return from.success && note.success ? { ...from.data, ...note.data } : undefined;
};
