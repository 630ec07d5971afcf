/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out when it wrote it.
 *
 * npm lists an optional platform package only if it could look it up just then; `npm ci` elsewhere, or on a clean
 * machine, then refuses the lock file as incomplete ("Missing: … from lock file", https://github.com/npm/cli/issues/4828).
 * Their versions are exact in the package that wants them, and their names say which platform they are for.
 * Run it after every change of a dependency: node scripts/complete-lock-file.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', 'package-lock.json');

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** What npm would have written of a package by this name, or undefined if the name tells no platform. */
const entryOf = (name, version, dev) => {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined || !exact.test(version)) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
};

/** Where Node would find it from a package at this path. */
const isListed = (packages, from, name) => {
  for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))) {
    if (packages[`${path === '' ? '' : `${path}/`}node_modules/${name}`] !== undefined) return true;
    if (path === '') return false;
  }
};

const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, wanting] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
    if (isListed(lock.packages, path, name)) continue;
    const entry = entryOf(name, version, wanting.dev);
    if (entry === undefined)
      throw new Error(`${path} wants ${name} ${version}, which is not listed: run npm install`);
    lock.packages[`node_modules/${name}`] = entry;
    added.push(name);
  }
}
if (added.length > 0) {
  const [root, ...rest] = Object.entries(lock.packages);
  rest.sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(
    file,
    `${JSON.stringify({ ...lock, packages: Object.fromEntries([root, ...rest]) }, null, 2)}\n`,
  );
}
process.stdout.write(`${added.length} packages of other platforms added\n`);
