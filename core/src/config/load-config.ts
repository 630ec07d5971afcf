import { resolve } from 'node:path';
import type { PortName } from '../adapter.ts';
import type { AdapterChoice } from './adapter-choice.ts';
import { type Assigned, dotted, flatten, forbiddenPath, type Layer, overlay } from './assignments.ts';
import { configError } from './config-error.ts';
import type { ConfigProblem } from './config-problem.ts';
import { readSource, type Source } from './config-source.ts';
import { embeddedAdapter } from './embedded-adapter.ts';
import { type Environment, findUnknownVariables, fromText, readEnvironment } from './environment.ts';
import { type FoundAdapter, findAdapter } from './find-adapter.ts';
import type { Origin } from './origin.ts';
import { resolveEnvReferences } from './resolve-references.ts';
import { type Config, type ConfigInput, configSchema } from './schema.ts';
import { type SchemaKey, schemaKeys } from './schema-keys.ts';
import { validateConfig } from './validate-config.ts';

export interface LoadOptions {
  /** Where the config file is looked for, and what relative paths of flags and variables begin at. */
  readonly cwd: string;
  readonly env: Environment;
  /** The config file, if not one of the usual names in `cwd`; relative to `cwd`. */
  readonly file?: string;
  /** A config made by the program, instead of a file. */
  readonly config?: ConfigInput;
  /** Values by dotted path: `{ 'queues.critical.max': 4 }`. Text is read as the key's type. */
  readonly flags?: Readonly<Record<string, string | number | boolean>>;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly adapters: { readonly [P in PortName]: AdapterChoice<P> };
  /** Absolute; absent if there is none. */
  readonly file: string | undefined;
  /** What relative paths of the config begin at. */
  readonly folder: string;
  /** Every value that was set, by dotted path, with where it came from. What is not in it is a default. */
  readonly assigned: Layer;
  /** Every key there is, the chosen adapters' included. */
  readonly keys: readonly SchemaKey[];
}

/**
 * Puts a config together: flag over `WAYBILL_*` variable over file over default. Opens nothing. Throws one
 * `ConfigError` with every problem there is.
 */
export const loadConfig = async (options: LoadOptions): Promise<LoadedConfig> => {
  const problems: ConfigProblem[] = [];
  const source = await readSource(options, problems);
  const baseKeys = schemaKeys(configSchema);
  const draft = merge(source, options, baseKeys, []);
  const found = await findAdapters(draft, source.folder);
  const keys = [...baseKeys, ...keysOf(found)];
  const unjudged = ports.filter((port) => 'problem' in found[port]);
  problems.push(...findUnknownVariables(options.env, keys, unjudged));
  const assigned = merge(source, options, keys, problems);
  const secrets = { env: options.env, folder: source.folder };
  const verdict = await validateConfig({ assigned, found, keys, secrets });
  if ('problems' in verdict)
    throw configError(withoutRepeats([...problems, ...verdict.problems]), source.shown);
  if (problems.length > 0) throw configError(problems, source.shown);
  return { ...verdict, file: source.file, folder: source.folder, assigned, keys };
};

/** A value whose problem is known already, or is part of one that has one, says nothing new. */
const withoutRepeats = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  problems.filter(({ path }, index) => {
    if (path === '') return true;
    const earlier = problems.slice(0, index).filter((each) => each.path !== '');
    return !earlier.some(
      (each) => path === each.path || path.startsWith(`${each.path}.`) || each.path.startsWith(`${path}.`),
    );
  });

const ports = ['broker', 'channel', 'store'] as const satisfies readonly PortName[];
type Found = { readonly [P in PortName]: FoundAdapter<P> };

const byDefault = { broker: embeddedAdapter, channel: embeddedAdapter, store: embeddedAdapter };

const merge = (
  source: Source,
  { cwd, env, flags = {} }: LoadOptions,
  keys: readonly SchemaKey[],
  problems: ConfigProblem[],
): Layer => {
  const defaults = flatten(byDefault, (): Origin => ({ kind: 'default' }), problems);
  const all = overlay([defaults, source.layer, readEnvironment(env, keys), readFlags(flags, keys, problems)]);
  return withAbsolutePaths(resolveEnvReferences(all, { env, keys, problems }), source.folder, cwd);
};

const readFlags = (
  flags: NonNullable<LoadOptions['flags']>,
  keys: readonly SchemaKey[],
  problems: ConfigProblem[],
): Layer => {
  const byPath = new Map(keys.map((key) => [dotted(key.path), key]));
  const layer = new Map<string, Assigned>();
  for (const [flag, given] of Object.entries(flags)) {
    const path = flag.split('.');
    const origin = { kind: 'flag', flag } as const;
    const forbidden = forbiddenPath(path);
    const value = typeof given === 'string' ? fromText(given, byPath.get(flag)) : given;
    if (forbidden === undefined) layer.set(flag, { path, value, origin });
    else problems.push({ ...forbidden, origin });
  }
  return layer;
};

/** `./` and `../` mean the config file's folder in a file, and the working directory in a flag or variable. */
const withAbsolutePaths = (layer: Layer, folder: string, cwd: string): Layer => {
  const absolute = (value: unknown, base: string): unknown =>
    typeof value === 'string' && /^\.\.?[/\\]/.test(value) ? resolve(base, value) : value;
  return new Map(
    [...layer].map(([name, assigned]) => {
      const { path, value, origin } = assigned;
      if (path[0] !== 'plugins' && !ports.some((port) => port === path[0])) return [name, assigned];
      const base = origin.kind === 'flag' || origin.kind === 'environment' ? cwd : folder;
      const moved = Array.isArray(value) ? value.map((item) => absolute(item, base)) : absolute(value, base);
      return [name, { ...assigned, value: moved }];
    }),
  );
};

const findAdapters = async (draft: Layer, folder: string): Promise<Found> => {
  const find = <P extends PortName>(port: P): Promise<FoundAdapter<P>> =>
    findAdapter(port, draft.get(`${port}.use`)?.value, folder);
  const [broker, channel, store] = await Promise.all([find('broker'), find('channel'), find('store')]);
  return { broker, channel, store };
};

const keysOf = (found: Found): readonly SchemaKey[] =>
  ports.flatMap((port) => {
    const each = found[port];
    return 'adapter' in each ? schemaKeys(each.adapter.options, [port]) : [];
  });
