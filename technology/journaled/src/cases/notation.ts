import assert from 'node:assert/strict';
import type { CollectionSpec, Fields, IndexSpec, Key } from '@waybill/core';
import type { Change, Intent, RawDocument } from '../raw-document.ts';
import type { IndexQuery } from '../raw-query.ts';
import type { Condition, RawAnswer, RawWrite } from '../raw-write.ts';
import type { SingleDocuments } from '../single-documents.ts';
import type { DocumentsWorld } from './documents-case.ts';

const byRank: IndexSpec = { name: 'byRank', fields: ['rank'] };
const byGroupAndRank: IndexSpec = { name: 'byGroupAndRank', fields: ['group', 'rank'] };
const everywhere: IndexSpec = { name: 'everywhere', fields: ['rank'], acrossTenants: true };
export const indexes = { byRank, byGroupAndRank, everywhere };

export const things: CollectionSpec = { name: 'things', indexes: [byRank, byGroupAndRank, everywhere] };

export const key = (id: string, tenant = 'acme'): Key => ({ collection: things.name, tenant, id });

export const stocked = async (world: DocumentsWorld): Promise<SingleDocuments> => {
  const documents = await world.fresh();
  await documents.prepare([things]);
  return documents;
};

export const rivalOf = async (world: DocumentsWorld): Promise<SingleDocuments> => {
  const documents = await world.another();
  await documents.prepare([things]);
  return documents;
};

export const create = (id: string, stamp: number, rest: Partial<RawDocument> = {}): RawWrite => ({
  kind: 'create',
  document: { key: key(id), stamp, version: stamp, ...rest },
});

export const update = (
  id: string,
  [expected, stamp]: readonly [number, number],
  rest: { readonly change?: Change; readonly intent?: Intent } = {},
): RawWrite => ({ kind: 'update', key: key(id), expected, stamp, version: stamp, ...rest });

/** Of a patch, for who has not read the document. */
export const amend = (
  id: string,
  stamp: number,
  { where = { fields: {} }, set, unset = [] }: Amending,
): RawWrite => ({
  kind: 'amend',
  key: key(id),
  where,
  stamp,
  version: stamp,
  change: { kind: 'patch', set, unset },
});

interface Amending {
  readonly where?: Condition;
  readonly set: Fields;
  readonly unset?: readonly string[];
}

export const remove = (id: string, expected: number): RawWrite => ({
  kind: 'remove',
  key: key(id),
  expected,
});
export const bump = (id: string): RawWrite => ({ kind: 'bump', key: key(id) });
export const put = (fields: Fields): Change => ({ kind: 'put', fields });
export const intentOf = (transaction: number, change: Change): Intent => ({
  transaction,
  startedAt: 1_735_689_600_000.25,
  change,
});

export const answers = async (
  documents: SingleDocuments,
  ...writes: readonly RawWrite[]
): Promise<readonly RawAnswer[]> => documents.write(writes);

/** Asserts that all of them are done. */
export const done = async (documents: SingleDocuments, ...writes: readonly RawWrite[]): Promise<void> => {
  assert.deepEqual(
    await documents.write(writes),
    writes.map(() => 'done'),
  );
};

export const readOne = async (documents: SingleDocuments, id: string): Promise<RawDocument | undefined> =>
  (await documents.read([key(id)]))[0];

export const query = (rest: Partial<IndexQuery> = {}): IndexQuery => {
  const { tenant = 'acme', index = byRank, ...others } = rest;
  return {
    kind: 'index',
    collection: things.name,
    ...(index.acrossTenants === true ? {} : { tenant }),
    index,
    equals: [],
    order: 'asc',
    limit: 100,
    total: false,
    ...others,
  };
};

export const idsOf = async (
  documents: SingleDocuments,
  wanted: Parameters<SingleDocuments['find']>[0],
): Promise<string[]> => (await documents.find(wanted)).documents.map(({ key: { id } }) => id);
