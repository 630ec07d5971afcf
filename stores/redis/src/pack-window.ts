import { type IndexPlace, type IndexValue, type Query, readCursor } from '@waybill/core';
import type { DeclaredIndex } from './catalog.ts';
import { toText } from './json-text.ts';
import type { Packer } from './packer.ts';

/** How many elements `packWindow` writes. */
export const windowSize = 12;

/** Which part of an index a query asks for, as the `window` function of the scripts takes it. */
export const packWindow = (packer: Packer, prefix: string, index: DeclaredIndex, query: Query): void => {
  const { range = {}, order = 'asc', limit } = query;
  const { min, max } = range;
  packer.text(groupOf(prefix, index, query));
  packer.int(order === 'desc' ? 1 : 0);
  packer.int(limit);
  packer.int(typeof min === 'string' ? 0 : 1);
  packer.text(typeof min === 'number' ? toText(min) : '');
  packer.text(typeof max === 'number' ? toText(max) : '');
  packer.int(typeof max === 'number' ? 0 : 1);
  packer.bytes(typeof min === 'string' ? sortable(min, '\0') : nothing);
  packer.bytes(typeof max === 'string' ? Buffer.concat([sortable(max, '\0'), last]) : nothing);
  packCursor(packer, readCursor(query.after));
};

const packCursor = (packer: Packer, after: IndexPlace | undefined): void => {
  if (after === undefined) {
    packer.int(0);
    packer.text('');
    packer.text('');
    return;
  }
  const { value, tenant, id } = after;
  if (typeof value === 'number') {
    packer.int(1);
    packer.text(toText(value));
    packer.text(`${tenant}\0${id}`);
  } else {
    packer.int(2);
    packer.text('');
    packer.bytes(sortable(value, `\0${tenant}\0${id}`));
  }
};

const groupOf = (prefix: string, { slot }: DeclaredIndex, { collection, tenant, equals }: Query): string => {
  const owner = tenant === undefined ? '' : `${tenant}\0`;
  return `${prefix}:i:${collection}:${slot}:${owner}${equals.map((value: IndexValue) => `${toText(value)}\0`).join('')}`;
};

/** The value as members have it in front, and what follows there: see `documents.ts`. */
const sortable = (value: string, tail: string): Buffer => {
  const bytes = Buffer.from(value + tail);
  if (!value.includes('\0')) return bytes;
  const parts = value.split('\0').map((part) => Buffer.from(part));
  return Buffer.concat([...parts.flatMap((part, i) => (i === 0 ? [part] : [nul, part])), Buffer.from(tail)]);
};

const nothing = Buffer.alloc(0);
const nul = Buffer.from([0, 255]);
/** Behind everything that goes on with a tenant, whose first byte is less. */
const last = Buffer.from([255]);
