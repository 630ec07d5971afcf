/** How `store.commit` knows the operations. */
export const kind = {
  absent: 1,
  version: 2,
  exists: 3,
  range: 4,
  named: 5,
  put: 6,
  delete: 7,
  overlay: 8,
  fields: 9,
  patch: 10,
} as const;
/** Operations with the same fields share a shape; shapes are numbered from here. */
export const firstShape = 9;
