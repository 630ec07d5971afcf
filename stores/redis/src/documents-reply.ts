import type { Reader } from '@waybill/redis';
import type { RawDocument } from './decode-document.ts';

/** What `whole` of the scripts answers: heads, bodies, and by place the overlays. */
export type DocumentsReply = readonly [
  readonly (Buffer | null)[],
  readonly (Buffer | null)[],
  readonly (readonly [number, readonly Buffer[]])[],
];

/**
 * The same, of which the heads are packed into one text with whatever is before them: to take many values from a reply
 * costs the client more than that. Bodies and overlays can be large, and packing them would cost the server more.
 */
export type PackedReply = readonly [Buffer, DocumentsReply[1], DocumentsReply[2]];

/** `reader`: where the heads begin in the packed part. */
export const readDocuments = (reader: Reader, [, bodies, overlays]: PackedReply): DocumentsReply => [
  readAll(reader, () => reader.bytes()),
  bodies,
  overlays,
];

/** An array of them. */
export const readAll = <T>(reader: Reader, read: () => T): T[] => {
  const all: T[] = [];
  for (let left = reader.array(); left > 0; left--) all.push(read());
  return all;
};

export const rawDocuments = ([heads, bodies, overlays]: DocumentsReply): (RawDocument | undefined)[] => {
  const byPlace = new Map(overlays);
  return heads.map((head, i) =>
    head === null ? undefined : { head, body: bodies[i] ?? undefined, overlay: byPlace.get(i) ?? [] },
  );
};
