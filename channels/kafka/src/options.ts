import { subjectPattern } from '@waybill/core';
import { connectionOptions, keepMsOption, partitionsOption } from '@waybill/kafka';
import { z } from 'zod';

const pattern = z.string().refine(
  (text) => {
    try {
      subjectPattern(text);
      return true;
    } catch {
      return false; // it throws for nothing else
    }
  },
  { error: 'is neither a subject nor a pattern of subjects: order.shipped, order.*, order.>' },
);

const route = z.strictObject({
  /** Which subjects go to this topic. */
  subjects: pattern,
  /** Last part of its name. */
  topic: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'use 1 to 64 of A-Z a-z 0-9 _ -' }),
  partitions: partitionsOption.optional(),
  keepMs: keepMsOption.optional(),
  /** Whether only the newest message of each subject and key is kept, for ever, instead of all for `keepMs`. */
  compact: z.boolean().default(false),
});

export const kafkaChannelOptions = z.strictObject({
  ...connectionOptions,
  /** Of a new topic: how many members of a group can read at the same time. */
  partitions: partitionsOption.default(8),
  /** Of a new topic: for how long its messages are kept. */
  keepMs: keepMsOption.default(86_400_000),
  /** Topics of their own for some subjects: the first one that matches. All others share one topic. */
  routes: z.array(route).max(100).default([]),
});
export type KafkaChannelOptions = z.output<typeof kafkaChannelOptions>;
