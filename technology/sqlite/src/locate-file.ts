import { constants } from 'node:fs';
import { access, realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError } from '@waybill/core';

/** `f_type` of statfs(2) on Linux. The write-ahead log needs shared memory, which none of these has. */
const networkFilesystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
]);

/** The network filesystem that a directory lies on, where the system tells. */
export const networkFilesystem = async (directory: string): Promise<string | undefined> => {
  const { type } = await statfs(directory);
  return process.platform === 'linux' ? networkFilesystems.get(type >>> 0) : undefined;
};

/**
 * The real path of the file: links resolved, so that all processes agree on what lies next to it. Throws a
 * `ConfigError` for a place where the file could not be kept safely.
 */
export const locateFile = async (file: string): Promise<string> => {
  const path = resolve(file);
  const directory = await existingDirectory(dirname(path));
  const network = await networkFilesystem(directory);
  if (network !== undefined) {
    throw new ConfigError(`the SQLite file is on a network filesystem (${network})`, {
      facts: { file: path },
      fix: 'put the file on a local disk, or choose a store with a server for several machines',
    });
  }
  if (!(await isThere(path))) {
    await checkAccess(directory, 'the directory of the SQLite file cannot be written');
    return join(directory, basename(path));
  }
  const real = await realpath(path);
  if (!(await stat(real)).isFile()) {
    throw new ConfigError('the SQLite file is not a file', { facts: { file: path }, fix: 'name a file' });
  }
  await checkAccess(real, 'the SQLite file cannot be written');
  await checkAccess(dirname(real), 'the directory of the SQLite file cannot be written');
  return real;
};

const existingDirectory = async (directory: string): Promise<string> => {
  try {
    return await realpath(directory);
  } catch (cause) {
    throw new ConfigError('the directory of the SQLite file does not exist', {
      cause,
      facts: { directory },
      fix: `create it: mkdir -p ${directory}`,
    });
  }
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw new ConfigError('the SQLite file cannot be looked at', { cause, facts: { file: path } });
  }
};

const checkAccess = async (path: string, message: string): Promise<void> => {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const fix = 'let the user of this process read and write the file and its directory';
    throw new ConfigError(message, { cause, facts: { path }, fix });
  }
};
