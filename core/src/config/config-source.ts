import { dirname, join, relative, resolve } from 'node:path';
import { flatten, type Layer, type Path } from './assignments.ts';
import { configError } from './config-error.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Environment } from './environment.ts';
import { findConfigFiles, isFile } from './find-config-file.ts';
import type { Origin } from './origin.ts';
import { readConfigFile } from './read-config-file.ts';
import type { ConfigInput } from './schema.ts';

/** What was written down for a deployment, in a file or by the program. */
export interface Source {
  readonly layer: Layer;
  readonly file: string | undefined;
  readonly folder: string;
  /** How errors name it. */
  readonly shown: string;
}

export interface SourceOptions {
  readonly cwd: string;
  readonly env: Environment;
  readonly file?: string;
  readonly config?: ConfigInput;
}

/**
 * The object given, else the file given, else the file of `WAYBILL_CONFIG`, else the one found in `cwd`, else
 * nothing. Throws a `ConfigError` if it cannot be read as a whole: without it nothing else can be judged.
 */
export const readSource = async (options: SourceOptions, problems: ConfigProblem[]): Promise<Source> => {
  const { cwd, env, config } = options;
  if (config !== undefined) {
    const layer = flatten(config, () => ({ kind: 'code' }), problems);
    return { layer, file: undefined, folder: cwd, shown: 'the config' };
  }
  const named = options.file ?? env['WAYBILL_CONFIG'];
  const file = named ? await fileNamed(named, options) : await lookFor(cwd);
  if (file === undefined) return { layer: new Map(), file, folder: cwd, shown: 'the config' };
  return readFrom(file, cwd, problems);
};

const fileNamed = async (name: string, options: SourceOptions): Promise<string> => {
  const file = resolve(options.cwd, name);
  if (await isFile(file)) return file;
  const origin: Origin =
    options.file === undefined
      ? { kind: 'environment', variable: 'WAYBILL_CONFIG' }
      : { kind: 'flag', flag: 'config' };
  throw configError([{ path: '', message: `there is no file ${name}`, origin }], 'the config');
};

const lookFor = async (cwd: string): Promise<string | undefined> => {
  const found = await findConfigFiles(cwd);
  if (found.length > 1) {
    const message = `there are several config files: ${found.join(', ')}`;
    throw configError([{ path: '', message, fix: 'keep one of them, or name the one to use' }], 'the config');
  }
  const [first] = found;
  return first === undefined ? undefined : join(cwd, first);
};

const readFrom = async (file: string, cwd: string, problems: ConfigProblem[]): Promise<Source> => {
  const shown = shorter(relative(cwd, file), file);
  const read = await readConfigFile(file, shown);
  if ('message' in read) throw configError([read], shown);
  const originOf = (path: Path): Origin => ({ kind: 'file', file: shown, ...read.locate(path) });
  return { file, folder: dirname(file), shown, layer: flatten(read.values, originOf, problems) };
};

const shorter = (a: string, b: string): string => (a.length < b.length ? a : b);
