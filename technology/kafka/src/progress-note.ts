import { z } from 'zod';
import type { Progress } from './held-partition.ts';
import type { Committed } from './kafka-client.ts';

const note = z.object({
  n: z.int(),
  o: z.array(z.int()),
  x: z.array(z.tuple([z.int(), z.string()])),
});

/** Kafka's `offset.metadata.max.bytes`, with some room. */
const maxBytes = 4_000;

/** What a committed offset does not say. Empty where that is too much: then more is delivered again. */
export const toNote = ({ from, next, open, out }: Progress): string => {
  if (next === from) return '';
  const text = JSON.stringify({ n: next, o: open, x: out });
  return text.length > maxBytes ? '' : text;
};

export const readNote = ({ offset, note: text }: Committed): Progress => {
  const nothing: Progress = { from: offset, next: offset, open: [], out: [] };
  if (text === '') return nothing;
  try {
    const { n, o, x } = note.parse(JSON.parse(text));
    return { from: offset, next: n, open: o, out: x };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return nothing; // another program's commit
    throw error;
  }
};
