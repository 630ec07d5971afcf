/** What the first number of a head says; see `scripts/documents.ts`. */
export const bodyPart = 1;
export const overlayPart = 2;
export const inlinePart = 4;
/** For each column. */
export const columnPart = 8;
