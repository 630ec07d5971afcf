import { stat } from 'node:fs/promises';
import { join } from 'node:path';

const endings = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'] as const;

/** The names a config file can have: `waybill.config.ts`, … */
const configFileNames: readonly string[] = endings.map((ending) => `waybill.config.${ending}`);

/** Those of the names that are files in this folder. */
export const findConfigFiles = async (folder: string): Promise<readonly string[]> => {
  const found = await Promise.all(configFileNames.map((name) => isFile(join(folder, name))));
  return configFileNames.filter((_, index) => found[index]);
};

export const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
};

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
