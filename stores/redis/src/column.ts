import type { Json } from '@waybill/core';
import type { Declared } from './catalog.ts';
import type { Packer } from './packer.ts';

/** In bytes. A larger value is kept out of the head, so that patches of other fields do not rewrite it. */
const longestColumn = 256;

/** An index needs its values in the head, whatever their size. */
export const fitsColumn = ({ indexed }: Declared, name: string, bytes: number): boolean =>
  bytes <= longestColumn || indexed.has(name);

/** Answers no, and leaves nothing, for a value that is too large for a column. */
export const packColumn = (packer: Packer, declared: Declared, name: string, value: Json): boolean => {
  const { length, elements } = packer;
  if (fitsColumn(declared, name, packer.json(value))) return true;
  packer.cut(length, elements);
  return false;
};
