import type { Expectation, Key } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import type { DocumentTable } from './document-table.ts';
import { findSeen } from './find.ts';
import { agrees } from './recent-documents.ts';
import { readRow } from './stored.ts';

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

const fieldsHold = (table: DocumentTable, expectation: Extract<Expectation, { kind: 'fields' }>): boolean => {
  const { key, fields } = expectation;
  const recent = table.recent.get(key);
  if (recent !== undefined && table.isStill(recent)) return agrees(recent, [expectation]);
  const stored = readRow(table, key)?.fields;
  if (stored === undefined) return false;
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
