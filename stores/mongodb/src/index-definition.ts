import type { CollectionSpec, IndexSpec } from '@waybill/core';
import type { IndexDescription } from 'mongodb';
import { escapeName } from './field-name.ts';

/**
 * What MongoDB keeps for an index: what queries fix by equality, what they order by, and what orders equal values.
 * Its name tells all of that, since the same index may have several names with us, and has one there.
 */
export const indexDefinition = (spec: IndexSpec): IndexDescription => ({
  key: new Map(pathsOf(spec).map((path) => [path, 1])),
  name: `waybill ${spec.acrossTenants === true ? 'all ' : ''}${JSON.stringify(spec.fields)}`,
});

/** Each index once, whatever its names are. */
export const definitionsOf = ({ indexes = [] }: CollectionSpec): readonly IndexDescription[] => {
  const byName = new Map(indexes.map((spec) => [indexDefinition(spec).name, indexDefinition(spec)]));
  return [...byName.values()];
};

/** Names of fields as MongoDB takes them in filters, orders and keys. */
export const pathsOf = ({ fields, acrossTenants = false }: IndexSpec): readonly string[] => {
  const own = fields.map(escapeName);
  return acrossTenants ? [...own, '_id.tenant', '_id.id'] : ['_id.tenant', ...own, '_id.id'];
};
