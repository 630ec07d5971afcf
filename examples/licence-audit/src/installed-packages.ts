import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LockEntry, LockFile } from './lock-file.ts';

export interface Installed {
  /** To be audited: each becomes a component of the SBOM. */
  readonly installed: readonly LockEntry[];
  /** In the lock file, and rightly not on this disk. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly path: string;
  readonly why: 'optional, for another platform' | 'development only, left out by the install';
}

/**
 * What "installed" means here. An entry of the lock file is a package of the project if its folder is on disk, or
 * if npm had to put it there: then its absence is for the audit to report, not to overlook. Links only point at an
 * entry that is listed itself, and are not counted twice. `isOnDisk` is asked with absolute paths.
 */
export const splitInstalled = (
  { entries, folder }: Pick<LockFile, 'entries' | 'folder'>,
  isOnDisk: (path: string) => boolean = existsSync,
): Installed => {
  const listed = [...entries.values()].filter((entry) => !entry.link);
  const present = new Set(listed.filter(({ path }) => isOnDisk(join(folder, path))));
  const withoutDev = !listed.some((entry) => entry.dev && present.has(entry));
  const whyAbsent = (entry: LockEntry): Skipped['why'] | undefined => {
    if (entry.optional || entry.devOptional) return 'optional, for another platform';
    return entry.dev && withoutDev ? 'development only, left out by the install' : undefined;
  };
  const skipped = listed.flatMap((entry): Skipped[] => {
    const why = present.has(entry) ? undefined : whyAbsent(entry);
    return why === undefined ? [] : [{ path: entry.path, why }];
  });
  const gone = new Set(skipped.map(({ path }) => path));
  return { installed: listed.filter(({ path }) => !gone.has(path)), skipped };
};
