import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const isPath = (specifier: string): boolean =>
  /^\.\.?(\/|\\|$)/.test(specifier) || isAbsolute(specifier) || specifier.startsWith('file:');

/**
 * The file a package or path stands for, as seen from the config's folder, else from this package: an
 * application's own adapters come first, and those installed beside core are found too. `undefined`: not there.
 */
export const resolveModule = (specifier: string, folder: string): string | undefined => {
  if (isPath(specifier)) {
    const file = specifier.startsWith('file:') ? fileOfUrl(specifier) : resolve(folder, specifier);
    return file !== undefined && existsSync(file) ? realpathSync(file) : undefined;
  }
  const fromConfig = pathToFileURL(join(folder, 'waybill.config.js')).href;
  return resolvePackage(specifier, fromConfig) ?? resolvePackage(specifier, import.meta.url);
};

/** `undefined` for a URL that cannot be a file of this machine: it is broken, or names another one. */
const fileOfUrl = (url: string): string | undefined => {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
};

/** Where core runs from its sources, so do the packages beside it. */
const conditions = new Set([
  'node',
  'import',
  'module-sync',
  'default',
  ...(import.meta.url.endsWith('.ts') ? ['@waybill/source'] : []),
]);

/**
 * Node cannot be asked how an `import` from elsewhere would resolve (`import.meta.resolve` takes no parent, and
 * `require.resolve` does not see the `import` condition), so the entry point is read from the package's exports.
 */
const resolvePackage = (specifier: string, from: string): string | undefined => {
  const manifest = unlessAbsent(() => findPackageJSON(specifier, from));
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: unknown }; // a manifest is an object
  const subpath = `.${specifier
    .split('/')
    .slice(specifier.startsWith('@') ? 2 : 1)
    .map((part) => `/${part}`)
    .join('')}`;
  const entry = pick(isSubpathMap(exports) ? exports[subpath] : subpath === '.' ? exports : undefined);
  if (entry !== undefined) {
    const file = join(dirname(manifest), entry);
    return existsSync(file) ? realpathSync(file) : file;
  }
  return unlessAbsent(() => createRequire(from).resolve(specifier));
};

/** What Node finds, or nothing where there is no such package or file, or where none can have this name. */
const unlessAbsent = (find: () => string | undefined): string | undefined => {
  try {
    return find();
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.has(String(error.code))) return undefined;
    throw error;
  }
};

const absent: ReadonlySet<string> = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_INVALID_MODULE_SPECIFIER',
  'ERR_INVALID_URL_SCHEME',
  'ERR_INVALID_URL',
]);

/** https://nodejs.org/api/packages.html#conditional-exports, without patterns. */
const pick = (target: unknown): string | undefined => {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map(pick).find((entry) => entry !== undefined);
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, nested] of Object.entries(target)) {
    const entry = conditions.has(condition) ? pick(nested) : undefined;
    if (entry !== undefined) return entry;
  }
  return undefined;
};

const isSubpathMap = (exports: unknown): exports is Readonly<Record<string, unknown>> =>
  typeof exports === 'object' && exports !== null && Object.keys(exports).every((key) => key.startsWith('.'));
