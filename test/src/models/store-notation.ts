import { inspect } from 'node:util';
import type { Key, Query, Write } from '@waybill/core';
import type { Expected, Intended } from './store-space.ts';

/** Commands as short calls, for people who read a counterexample. */
export const writeKey = ({ collection, tenant, id }: Key): string => `${collection}/${tenant}/${id}`;

export const writeQuery = ({
  collection,
  tenant = '*',
  index,
  equals,
  range,
  order,
  limit,
  total,
}: Query): string => {
  const parts = [...equals.map(value), ...(range ? [`${value(range.min)} to ${value(range.max)}`] : [])];
  return `${collection}/${tenant} ${index}(${parts.join(', ')}) ${order} limit ${limit}${total ? ' total' : ''}`;
};

export const writeBatch = (batch: readonly Intended[]): string =>
  batch
    .filter(({ expect, writes }) => expect.length + writes.length > 0)
    .map(({ expect, writes, readBack }) => {
      const words = [
        ...expect.map(writeExpected),
        ...writes.map(writeWrite),
        ...(readBack ? ['read back'] : []),
      ];
      return `[${words.join(', ')}]`;
    })
    .join(', ');

const writeExpected = (expected: Expected): string => {
  switch (expected.kind) {
    case 'range':
      return `if ${writeQuery(expected.query)} gives ${expected.seen}`;
    case 'fields':
      return `if ${writeKey(expected.key)} has ${value(expected.fields)}`;
    case 'fields as they are':
      return `if ${writeKey(expected.key)} has its ${expected.names.join(' and ')}`;
    case 'version':
      return `if ${writeKey(expected.key)} has a version ${expected.version}`;
    case 'absent':
    case 'as it is':
      return `if ${writeKey(expected.key)} is ${expected.kind === 'absent' ? 'absent' : 'as it is'}`;
  }
};

const writeWrite = (write: Write): string =>
  `${write.kind} ${writeKey(write.key)}${write.kind === 'delete' ? '' : ` ${value(write.fields)}`}`;

const value = (any: unknown): string =>
  inspect(any, { depth: null, breakLength: Number.POSITIVE_INFINITY, compact: true }).replace(
    '[Object: null prototype] ',
    '',
  );
