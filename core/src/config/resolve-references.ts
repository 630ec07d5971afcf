import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Assigned, dotted, type Layer } from './assignments.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type Environment, fromText } from './environment.ts';
import { type EnvReference, isEnv, isSecret, type SecretReference } from './references.ts';
import type { SchemaKey } from './schema-keys.ts';

/** Puts the variables' values in the place of `env(…)` references, in the type that the key takes. */
export const resolveEnvReferences = (
  layer: Layer,
  context: {
    readonly env: Environment;
    readonly keys: readonly SchemaKey[];
    readonly problems: ConfigProblem[];
  },
): Layer => {
  const { env, keys, problems } = context;
  const byPath = new Map(keys.map((key) => [dotted(key.path), key]));
  const resolveIn = (value: unknown, assigned: Assigned): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolveIn(item, assigned));
    if (!isEnv(value)) return value;
    const text = env[value.env];
    if (text !== undefined && text !== '') return fromText(text, byPath.get(dotted(assigned.path)));
    if (value.default === undefined) problems.push(unsetVariable(value, assigned));
    return value.default;
  };
  return new Map(
    [...layer].map(([name, assigned]) => [name, { ...assigned, value: resolveIn(assigned.value, assigned) }]),
  );
};

const unsetVariable = (reference: EnvReference, { path, origin }: Assigned): ConfigProblem => ({
  path: dotted(path),
  message: `${reference.env} is not set in the environment`,
  origin,
  fix: `set ${reference.env}, or give env('${reference.env}', …) a default`,
});

/** Where secrets are read from. */
export interface SecretSource {
  readonly env: Environment;
  /** What relative paths of secret files begin at. */
  readonly folder: string;
}

export interface Revealed {
  readonly value: unknown;
  /** Every secret in it, to be hidden in what is said about it. */
  readonly secrets: readonly string[];
  /** Those that could not be read. */
  readonly missing: readonly {
    readonly path: readonly string[];
    readonly message: string;
    readonly cause?: unknown;
  }[];
}

/** The value with its secrets read. For the moment in which an adapter is opened: do not keep it. */
export const revealSecrets = async (value: unknown, source: SecretSource): Promise<Revealed> => {
  const secrets: string[] = [];
  const missing: Revealed['missing'][number][] = [];
  const reveal = async (node: unknown, path: readonly string[]): Promise<unknown> => {
    if (isSecret(node)) {
      const read = await readSecret(node, source);
      if (typeof read === 'string') secrets.push(read);
      else missing.push({ path, ...read });
      return typeof read === 'string' ? read : undefined;
    }
    if (Array.isArray(node))
      return Promise.all(node.map((item, index) => reveal(item, [...path, String(index)])));
    if (!isPlainObject(node)) return node;
    const entries = Object.entries(node).map(async ([key, nested]) => [
      key,
      await reveal(nested, [...path, key]),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  };
  return { value: await reveal(value, []), secrets, missing };
};

const readSecret = async (
  reference: SecretReference,
  { env, folder }: SecretSource,
): Promise<string | { readonly message: string; readonly cause?: unknown }> => {
  if ('secret' in reference) {
    const text = env[reference.secret];
    return text || { message: `the secret ${reference.secret} is not set in the environment` };
  }
  try {
    return (await readFile(resolve(folder, reference.secretFile), 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    return { message: `the secret file ${reference.secretFile} cannot be read`, cause };
  }
};

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
