import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig, PortName } from '@waybill/core';

/** A folder that is there while `use` runs. */
export const withScratchFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * The option that moves an adapter to a place of its own, new with every call: its `file`, else its `namespace`.
 * `undefined` if it has neither.
 */
export const ownPlace = (
  { keys }: LoadedConfig,
  port: PortName,
  folder: string,
): Readonly<Record<string, string>> | undefined => {
  const has = (option: string): boolean => keys.some(({ path }) => path.join('.') === `${port}.${option}`);
  if (has('file')) return { [`${port}.file`]: join(folder, `${randomUUID()}.db`) };
  if (has('namespace')) return { [`${port}.namespace`]: `waybill-test-${randomUUID()}` };
  return undefined;
};
