import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configError } from './config-error.ts';

const endings = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'] as const;

/** The names a config file can have: `waybill.config.ts`, … */
const configFileNames: readonly string[] = endings.map((ending) => `waybill.config.${ending}`);

/** Those of the names that are files in this folder. */
export const findConfigFiles = async (folder: string): Promise<readonly string[]> => {
  const found = await Promise.all(configFileNames.map((name) => isFile(join(folder, name))));
  return configFileNames.filter((_, index) => found[index]);
};

/** Throws a `ConfigError` if the system does not let us know. */
export const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (absent.has(code)) return false;
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
