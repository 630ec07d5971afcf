import type { Expectation, Key } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { decodeFields } from './decode-document.ts';
import type { DocumentTable } from './document-table.ts';
import { findSeen } from './find.ts';

/** Whether it holds now. Only inside a write of the file, where nobody can change that before the commit. */
export const holds = (catalog: Catalog, expectation: Expectation): boolean => {
  switch (expectation.kind) {
    case 'version':
      return versionOf(catalog, expectation.key) === expectation.version;
    case 'absent':
      return versionOf(catalog, expectation.key) === undefined;
    case 'fields':
      return fieldsHold(catalog.collection(expectation.key.collection).table, expectation);
    case 'range':
      return rangeHolds(catalog, expectation);
  }
};

export const versionOf = (catalog: Catalog, { collection, tenant, id }: Key): number | undefined => {
  const version = catalog.collection(collection).table.version(tenant, id);
  return version === undefined ? undefined : Number(version);
};

const fieldsHold = (
  table: DocumentTable,
  { key, fields }: Extract<Expectation, { kind: 'fields' }>,
): boolean => {
  const row = table.row(key.tenant, key.id);
  if (row === undefined) return false;
  const stored = decodeFields(table, row);
  return Object.keys(fields).every((field) => {
    const value = Object.hasOwn(stored, field) ? stored[field] : null;
    return value === fields[field];
  });
};

const rangeHolds = (catalog: Catalog, { query, seen }: Extract<Expectation, { kind: 'range' }>): boolean => {
  const now = findSeen(catalog.serving(query), query);
  return (
    now.length === seen.length &&
    now.every(({ tenant, id, version }, i) => {
      const then = seen[i];
      return then?.tenant === tenant && then.id === id && then.version === version;
    })
  );
};
