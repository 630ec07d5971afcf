import { existsSync } from 'node:fs';
import type { LoadedConfig } from '@waybill/core';

/** The file of the default deployment, if nothing says otherwise and it is not there: then there is no deployment. */
export const fileNotThere = ({ file, config, assigned }: LoadedConfig): string | undefined => {
  const chosen = [...assigned.values()].some(({ origin }) => origin.kind !== 'default');
  const embedded = config.store['file'];
  if (file !== undefined || chosen || typeof embedded !== 'string' || existsSync(embedded)) return undefined;
  return embedded;
};
