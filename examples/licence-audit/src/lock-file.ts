import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

const dependencies = z.record(z.string(), z.string()).default({});

const entrySchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  peerDependencies: dependencies,
});

const lockSchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  lockfileVersion: z.number(),
  packages: z.record(z.string(), entrySchema),
});

/** One entry of `packages`: where npm put it, or would have put it, and what it is. */
export interface LockEntry extends z.output<typeof entrySchema> {
  /** Relative to the lock file: `node_modules/zod`, or a workspace's own folder. */
  readonly path: string;
  readonly name: string;
}

export interface LockFile {
  readonly file: string;
  /** Where the packages are. */
  readonly folder: string;
  /** The project itself; its path is empty. */
  readonly root: LockEntry;
  /** Every entry but the root, links included, by path. */
  readonly entries: ReadonlyMap<string, LockEntry>;
}

/** The lock file cannot be used; the message is for whoever named it. */
export class LockFileError extends Error {
  override readonly name = 'LockFileError';
}

/** Throws a `LockFileError` if the file is missing, is no lock file, or is older than npm 7. */
export const readLockFile = async (file: string): Promise<LockFile> => {
  const path = resolve(file);
  const parsed = lockSchema.safeParse(parseJson(await readText(path), path));
  if (!parsed.success) throw new LockFileError(`${path} is no package-lock.json: ${whatIsWrong(parsed)}`);
  const { '': root, ...packages } = parsed.data.packages;
  if (root === undefined) throw new LockFileError(`${path} is no package-lock.json: it names no project`);
  const name = root.name ?? parsed.data.name ?? 'unnamed-project';
  const entries = Object.entries(packages).map(([at, entry]): [string, LockEntry] => [
    at,
    { ...entry, path: at, name: entry.name ?? nameAt(at) },
  ]);
  return {
    file: path,
    folder: dirname(path),
    root: { ...root, path: '', name },
    entries: new Map(entries),
  };
};

/** `node_modules/a/node_modules/@b/c` holds `@b/c`. */
const nameAt = (path: string): string => {
  const marker = 'node_modules/';
  const start = path.lastIndexOf(marker);
  return start === -1 ? path : path.slice(start + marker.length);
};

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = isMissing(cause) ? 'there is no such file' : String(cause);
    throw new LockFileError(`cannot read ${path}: ${why}`, { cause });
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const parseJson = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LockFileError(`${path} is no JSON: ${String(cause)}`, { cause });
  }
};

const whatIsWrong = ({ error }: { readonly error: z.ZodError }): string => {
  const [issue] = error.issues;
  const place = issue?.path.join('.') ?? '';
  if (place === 'packages') return 'it has no "packages"; write it anew with npm 7 or later';
  return `${place}: ${issue?.message ?? 'not as expected'}`;
};
