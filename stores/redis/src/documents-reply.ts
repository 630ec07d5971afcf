import type { Reader } from '@waybill/redis';
import type { RawDocument } from './decode-document.ts';

/** What `whole` of the scripts answers: heads, bodies, and by place the overlays. */
export type DocumentsReply = readonly [
  readonly (Buffer | null)[],
  readonly (Buffer | null)[],
  readonly (readonly [number, readonly Buffer[]])[],
];

export const readDocuments = (reader: Reader): DocumentsReply => [
  readAll(reader, () => reader.bytes()),
  readAll(reader, () => reader.bytes()),
  readAll(reader, () => {
    reader.array();
    return [reader.int(), readAll(reader, () => reader.bytes() ?? nothing)];
  }),
];

/** An array of them. */
export const readAll = <T>(reader: Reader, read: () => T): T[] => {
  const all: T[] = [];
  for (let left = reader.array(); left > 0; left--) all.push(read());
  return all;
};

const nothing = Buffer.alloc(0);

export const rawDocuments = ([heads, bodies, overlays]: DocumentsReply): (RawDocument | undefined)[] => {
  const byPlace = new Map(overlays);
  return heads.map((head, i) =>
    head === null ? undefined : { head, body: bodies[i] ?? undefined, overlay: byPlace.get(i) ?? [] },
  );
};
