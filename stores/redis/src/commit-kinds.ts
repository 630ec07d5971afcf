/** How `store.commit` knows the operations. */
export const kind = {
  absent: 1,
  version: 2,
  exists: 3,
  range: 4,
  named: 5,
  put: 6,
  /** The columns that lead to the last one of an index are those of a document before. */
  putAgain: 7,
  delete: 8,
  overlay: 9,
  fields: 10,
  patch: 11,
} as const;
/** Operations with the same fields share a shape; shapes are numbered from here. */
export const firstShape = 10;
