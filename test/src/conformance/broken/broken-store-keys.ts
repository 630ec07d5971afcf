import type { CollectionSpec, Key } from '@waybill/core';
import { type BrokenStore, faulty, renames } from './broken-store.ts';

const ids = (change: (id: string) => string) => renames((key) => ({ ...key, id: change(key.id) }));
const tenants = (change: (tenant: string) => string) =>
  renames((key) => ({ ...key, tenant: change(key.tenant) }));
const plain = (name: string): string => name.replace(/[.-]/g, '_');
const plainKey = (key: Key): Key => ({ ...key, collection: plain(key.collection) });
const plainSpec = (spec: CollectionSpec): CollectionSpec => ({ ...spec, name: plain(spec.name) });

/** Faults in telling documents apart. */
export const brokenKeys: readonly BrokenStore[] = [
  faulty(
    'normalises ids',
    ['STORE-053'],
    ids((id) => id.normalize('NFC')),
  ),
  faulty(
    'ignores the case of ids',
    ['STORE-053'],
    ids((id) => id.toLowerCase()),
  ),
  faulty(
    'ignores space at the end of ids',
    ['STORE-053'],
    ids((id) => id.trimEnd() || id),
  ),
  faulty(
    'keeps ids that look like numbers as numbers',
    ['STORE-053', 'STORE-054'],
    ids((id) => (/^-?\d+$/.test(id) ? String(Number(id)) : id)),
  ),
  faulty(
    'joins tenant and id with a colon',
    ['STORE-055'],
    renames(({ tenant, id, ...key }) => ({ ...key, tenant: 'all', id: `${tenant}:${id}`.slice(0, 512) })),
  ),
  faulty(
    'joins tenant and id with a control character',
    ['STORE-055'],
    renames(({ tenant, id, ...key }) => ({
      ...key,
      tenant: 'all',
      id: `${tenant}\u001f${id}`.slice(0, 512),
    })),
  ),
  faulty(
    'normalises tenants',
    ['STORE-056'],
    tenants((tenant) => tenant.normalize('NFC')),
  ),
  faulty(
    'ignores tenants',
    ['STORE-056', 'STORE-058'],
    tenants(() => 'everybody'),
  ),
  faulty(
    'cuts ids at 511 characters',
    ['STORE-057', 'STORE-097'],
    ids((id) => id.slice(0, 511)),
  ),
  faulty(
    'counts characters of ids in bytes',
    ['STORE-057'],
    ids((id) => Buffer.from(id).subarray(0, 1_024).toString()),
  ),
  faulty('gets documents in the order in which they lie', ['STORE-060'], (store) => ({
    get: async (keys) => store.get(keys.toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  })),
  faulty('gets a document once, though it is asked twice', ['STORE-060'], (store) => ({
    get: async (keys) => store.get([...new Map(keys.map((key) => [JSON.stringify(key), key])).values()]),
  })),
  faulty('gets only what there is', ['STORE-060', 'STORE-006'], (store) => ({
    get: async (keys) => (await store.get(keys)).filter((stored) => stored !== undefined),
  })),
  faulty('makes names of collections plain', ['STORE-059'], (store) => ({
    ...renames(plainKey)(store),
    prepare: (specs) => store.prepare(specs.map(plainSpec)),
    find: (query) => store.find({ ...query, collection: plain(query.collection) }),
  })),
  faulty(
    'mends ids that are no text',
    ['STORE-061'],
    ids((id) => id.toWellFormed()),
  ),
];
