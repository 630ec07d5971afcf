import type { IndexSpec } from '@waybill/core';

/**
 * What an index is, apart from its name. Processes of two releases may give one name to two definitions at the same
 * time: each finds its own, and equal ones share one index.
 */
export const indexDefinition = ({ fields, acrossTenants = false }: IndexSpec): string =>
  JSON.stringify([acrossTenants, ...fields]);

export const fieldsOfDefinition = (definition: string): readonly string[] => {
  const [, ...fields] = JSON.parse(definition) as [boolean, ...string[]]; // written by indexDefinition
  return fields;
};
