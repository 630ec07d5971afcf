import { z } from 'zod';
import type { Path } from './assignments.ts';

/** One settable key of a schema. */
export interface SchemaKey {
  readonly path: Path;
  /** JSON Schema's names: `string`, `integer`, `number`, `boolean`, `array`, `object`. Empty: anything. */
  readonly types: ReadonlySet<string>;
  readonly choices: readonly unknown[];
  readonly default: unknown;
  readonly description: string | undefined;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
}

/**
 * The keys of an object schema, nested ones included; a union of objects has the keys of all. Goes through JSON
 * Schema, which also schemas made by another copy of zod 4 can be turned into.
 */
export const schemaKeys = (schema: z.ZodType, prefix: Path = []): readonly SchemaKey[] => {
  const keys = new Map<string, SchemaKey>();
  const visit = (node: JsonSchema, path: Path): void => {
    const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
    const nested = [node, ...branches].filter((branch) => branch.properties !== undefined);
    for (const branch of nested) {
      for (const [name, child] of Object.entries(branch.properties ?? {})) visit(child, [...path, name]);
    }
    if (nested.length > 0) return;
    const id = path.join('.');
    keys.set(id, merge(keys.get(id), toKey(node, branches, path)));
  };
  visit(toJsonSchema(schema), prefix);
  return [...keys.values()];
};

/** As JSON Schema draft 2020-12, of what may be written. */
const toJsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema; // of its fields only these are read

const toKey = (node: JsonSchema, branches: readonly JsonSchema[], path: Path): SchemaKey => ({
  path,
  types: new Set([node, ...branches].flatMap(({ type = [] }) => type)),
  choices: [node, ...branches].flatMap((each) => each.enum ?? (each.const === undefined ? [] : [each.const])),
  default: node.default,
  description: node.description,
});

/** The same key in two branches of a union takes what either takes. */
const merge = (first: SchemaKey | undefined, second: SchemaKey): SchemaKey =>
  first === undefined
    ? second
    : {
        ...first,
        types: new Set([...first.types, ...second.types]),
        choices: [...new Set([...first.choices, ...second.choices])],
      };
