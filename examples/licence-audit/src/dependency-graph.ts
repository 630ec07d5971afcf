import type { LockEntry, LockFile } from './lock-file.ts';

/** The paths of the packages that one package gets when it imports what it depends on, as Node looks them up. */
export const dependenciesOf = (lock: Pick<LockFile, 'entries'>, entry: LockEntry): readonly string[] => {
  const names = new Set([
    ...Object.keys(entry.dependencies),
    ...Object.keys(entry.optionalDependencies),
    ...Object.keys(entry.peerDependencies),
    // Of workspaces and the project itself; a published package's are not installed, and then found nowhere.
    ...(isPublished(entry) ? [] : Object.keys(entry.devDependencies)),
  ]);
  return [...names].flatMap((name) => lookUp(lock, entry.path, name) ?? []);
};

/** The project's own workspaces: in the lock file, but not below any `node_modules`. */
export const workspacesOf = ({ entries }: Pick<LockFile, 'entries'>): readonly string[] =>
  [...entries.keys()].filter((path) => !isBelowNodeModules(path));

const isPublished = ({ path }: LockEntry): boolean => isBelowNodeModules(path);
const isBelowNodeModules = (path: string): boolean => /(^|\/)node_modules\//.test(path);

/** https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
const lookUp = ({ entries }: Pick<LockFile, 'entries'>, from: string, name: string): string | undefined => {
  for (const folder of [...foldersUp(from), '']) {
    const found = entries.get(`${folder}node_modules/${name}`);
    if (found !== undefined) return found.link ? (found.resolved ?? found.path) : found.path;
  }
  return undefined;
};

/** `node_modules/a` gives `node_modules/a/` and `node_modules/`. */
const foldersUp = (path: string): readonly string[] => {
  if (path === '') return [];
  const parts = path.split('/');
  return parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/`);
};
