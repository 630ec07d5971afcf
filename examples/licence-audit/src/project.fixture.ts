import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.fixture.ts';

export interface Project {
  readonly folder: string;
  readonly lockFile: string;
  /** A deployment of its own, so that audits can run side by side. */
  readonly config: string;
}

export const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const regular = Array.from({ length: 14 }, (_, index) => `package-${index}`);

/** A small npm project, installed: regular packages, one for another platform, and one that is missing. */
export const makeProject = async (): Promise<Project> => {
  const folder = await temporaryFolder('licence-audit');
  const packages: Record<string, unknown> = {
    '': { name: 'small-shop', version: '1.2.3', dependencies: { 'package-0': '1.0.0' } },
    'node_modules/for-another-platform': { version: '1.0.0', integrity, optional: true },
    'node_modules/missing': { version: '1.0.0', integrity },
  };
  for (const name of regular) {
    packages[`node_modules/${name}`] = { version: '1.0.0', integrity };
    const at = join(folder, 'node_modules', name);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', license: 'MIT' }));
    await writeFile(join(at, 'LICENSE'), `MIT License\n\nCopyright (c) 2024 ${name}\n`);
  }
  const lockFile = join(folder, 'package-lock.json');
  await writeFile(lockFile, JSON.stringify({ name: 'small-shop', lockfileVersion: 3, packages }));
  return { folder, lockFile, config: await writeConfig(folder) };
};

/** The example's own config, but with the database in this folder, and a lease short enough for a test. */
export const writeConfig = async (folder: string): Promise<string> => {
  const sqlite = { use: 'sqlite', file: './waybill.db' };
  const file = join(folder, 'waybill.config.json');
  const config = {
    broker: sqlite,
    channel: sqlite,
    store: sqlite,
    plugins: [fileURLToPath(new URL('./plugin.ts', import.meta.url))],
    queues: { normal: { max: 2 } },
    lease: { durationMs: '1s', sweepMs: '200ms' },
    retry: { minDelayMs: '100ms', maxDelayMs: '200ms' },
  };
  await writeFile(file, JSON.stringify(config));
  return file;
};
