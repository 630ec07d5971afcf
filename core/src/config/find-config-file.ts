import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configError } from './config-error.ts';

const endings = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'] as const;

/** The names a config file can have: `waybill.config.ts`, … */
const configFileNames: readonly string[] = endings.map((ending) => `waybill.config.${ending}`);

/** Those of the names that are files in this folder. Throws a `ConfigError` if one of them is something else. */
export const findConfigFiles = async (folder: string): Promise<readonly string[]> => {
  const found = await Promise.all(configFileNames.map((name) => isConfigFile(join(folder, name))));
  return configFileNames.filter((_, index) => found[index]);
};

/** A folder that somebody mounted by mistake, or a link that leads nowhere, must not become the defaults. */
const isConfigFile = async (path: string): Promise<boolean> => {
  if (await isFile(path)) return true;
  if ((await look(path, lstat)) === undefined) return false;
  const fix = 'put the config there, or remove it';
  throw configError([{ path: '', message: `${path} is no file, and leads to none`, fix }], 'the config');
};

/** Throws a `ConfigError` if the system does not let us know. */
export const isFile = async (path: string): Promise<boolean> => (await look(path, stat))?.isFile() ?? false;

const look = async (path: string, how: typeof lstat | typeof stat): Promise<Stats | undefined> => {
  try {
    return await how(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (absent.has(code)) return undefined;
    const problem = { path: '', message: `${path} cannot be looked at: ${code}`, cause: error };
    throw configError([problem], 'the config');
  }
};

/** No file is there, and none of this name can be. */
const absent: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'ERR_INVALID_ARG_VALUE',
]);
