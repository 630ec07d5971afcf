import type { RawDocument } from './decode-document.ts';

/** What `whole` of the scripts answers: heads, bodies, and by place the overlays. */
export type DocumentsReply = readonly [
  readonly (Buffer | null)[],
  readonly (Buffer | null)[],
  readonly (readonly [number, readonly Buffer[]])[],
];

export const rawDocuments = ([heads, bodies, overlays]: DocumentsReply): (RawDocument | undefined)[] => {
  const byPlace = new Map(overlays);
  return heads.map((head, i) =>
    head === null ? undefined : { head, body: bodies[i] ?? undefined, overlay: byPlace.get(i) ?? [] },
  );
};
