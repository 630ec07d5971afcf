import { notACursor } from '@waybill/core';
import { z } from 'zod';

const cursor = z.union([
  /** The offset to go on from, by partition. */
  z.record(z.string(), z.int().min(0)),
  z.strictObject({
    /** Of those partitions that are not named: from this instant on. */
    at: z.int().min(0),
    of: z.record(z.string(), z.int().min(0)),
  }),
]);

/** Where to go on: in the partitions that are named, and in the others. */
export interface Place {
  readonly offsets: ReadonlyMap<string, number>;
  /** Milliseconds since 1970; undefined: from their start. */
  readonly at: number | undefined;
}

export const toCursor = (offsets: ReadonlyMap<string, number>): string => encode(Object.fromEntries(offsets));

/** Of one member of a group, which sees some partitions only. */
export const cursorOf = (name: string, next: number, at: number): string =>
  encode({ at, of: { [name]: next } });

/**
 * A cursor for `Subscription.from` that stands for an instant, in milliseconds since 1970: what was published then or
 * later, by the clocks of the senders.
 */
export const cursorAt = (instant: number): string => encode({ at: Math.max(0, Math.floor(instant)), of: {} });

/** Throws a `PayloadError`: a cursor has been out of our hands. */
export const readCursor = (text: string): Place => {
  try {
    const read = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (typeof read['of'] === 'object')
      return { offsets: new Map(Object.entries(read['of'])), at: Number(read['at']) };
    return { offsets: new Map(Object.entries(read as Record<string, number>)), at: undefined }; // the other form
  } catch (cause) {
    throw notACursor(cause);
  }
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
