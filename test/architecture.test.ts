import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly sources: readonly string[];
}

const packages: readonly Package[] = globSync(
  '{core,workers,cli,test,technology/*,brokers/*,channels/*,stores/*}/package.json',
  { cwd: root },
).map((path) => {
  const folder = dirname(path);
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'));
  return {
    folder,
    name: manifest.name,
    dependencies: Object.keys(manifest.dependencies ?? {}),
    sources: globSync(`${folder}/src/**/*.ts`, { cwd: root }).filter(
      (file) => !/\.(test|fixture)\.ts$/.test(file),
    ),
  };
});

const importsOf = (file: string): string[] => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].map(([, specifier]) => specifier ?? '');
};

const kind = (folder: string): string => folder.split('/')[0] ?? '';
const technologyOf = (name: string): string | undefined =>
  /^@waybill\/(?:broker|channel|store)-(.+)$/.exec(name)?.[1];

/** Client libraries, each allowed in the package of its technology only. */
const clients: Readonly<Record<string, string>> = {
  ioredis: '@waybill/redis',
  amqplib: '@waybill/rabbitmq',
  kafkajs: '@waybill/kafka',
  mongodb: '@waybill/store-mongodb',
  pg: '@waybill/postgres',
  'node:sqlite': '@waybill/sqlite',
};

describe('the arrows between packages', () => {
  it('there are packages to look at', () => {
    expect(packages.length).toBeGreaterThanOrEqual(11);
    expect(packages.every(({ folder, sources }) => sources.length > 0 || folder === 'cli')).toBe(true);
  });

  it.each(packages.map((each) => [each.name, each] as const))(
    '%s imports only what it may',
    (_, { folder, name, sources }) => {
      const technology = technologyOf(name);
      const allowed: Record<string, (specifier: string) => boolean> = {
        core: () => false,
        workers: (to) => to === '@waybill/core',
        cli: (to) => ['@waybill/core', '@waybill/workers', '@waybill/testing'].includes(to),
        test: (to) =>
          ['@waybill/core', '@waybill/journaled', '@waybill/workers', '@waybill/testing'].includes(to),
        technology: (to) => to === '@waybill/core',
      };
      const adapter = (to: string): boolean =>
        ['@waybill/core', '@waybill/journaled', `@waybill/${technology}`].includes(to);
      const may = allowed[kind(folder)] ?? adapter;
      const harness = `${folder}/src/harness/`;
      const wrong = sources
        .filter((file) => !file.startsWith(harness))
        .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
        .filter(
          ({ specifier }) =>
            specifier.startsWith('@waybill/') && !may(specifier.split('/').slice(0, 2).join('/')),
        );
      expect(wrong).toEqual([]);
    },
  );

  it('a client library is imported by the package of its technology only', () => {
    const wrong = packages.flatMap(({ name, sources }) =>
      sources.flatMap((file) =>
        importsOf(file)
          .filter((specifier) => clients[specifier] !== undefined && clients[specifier] !== name)
          .filter(
            (specifier) =>
              !(technologyOf(name) !== undefined && clients[specifier] === `@waybill/${technologyOf(name)}`),
          )
          .filter(() => kind(sources[0] ?? '') !== 'test')
          .map((specifier) => `${file} imports ${specifier}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('what is imported is declared', () => {
    const wrong = packages.flatMap(({ name, sources, folder }) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const declared = new Set(
        ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'].flatMap((field) =>
          Object.keys(manifest[field] ?? {}),
        ),
      );
      return sources
        .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
        .filter(({ specifier }) => !/^(\.|node:)/.test(specifier) && /^[@a-z]/.test(specifier))
        .map(({ file, specifier }) => ({ file, wanted: packageOf(specifier) }))
        .filter(({ wanted }) => wanted !== name && !declared.has(wanted))
        .map(({ file, wanted }) => `${file} imports ${wanted}`);
    });
    expect(wrong).toEqual([]);
  });

  it('no index.ts stands below a package root', () => {
    const barrels = packages.flatMap(({ folder, sources }) =>
      sources.filter(
        (file) => file.endsWith('/index.ts') && relative(folder, file) !== join('src', 'index.ts'),
      ),
    );
    expect(barrels).toEqual([]);
  });

  it('core and workers touch the world through Runtime only', () => {
    const direct =
      /\b(?:Date\.now|Math\.random|setTimeout|setInterval|setImmediate|randomUUID|AbortSignal\.timeout)\s*\(/;
    const wrong = packages
      .filter(({ folder }) => folder === 'core' || folder === 'workers')
      .flatMap(({ sources }) => sources)
      .filter(
        (file) =>
          file !== 'core/src/system-runtime.ts' && direct.test(readFileSync(join(root, file), 'utf8')),
      );
    expect(wrong).toEqual([]);
  });

  it('inversify is known to composition code only', () => {
    const may = [
      'test/src/conformance/adapter-harness.ts',
      'core/src/container.ts',
      'core/src/bind-port.ts',
      'core/src/adapter.ts',
      'core/src/plugin.ts',
    ];
    const wrong = packages
      .flatMap(({ sources }) => sources)
      .filter(
        (file) =>
          importsOf(file).includes('inversify') &&
          !may.includes(file) &&
          !file.startsWith('core/src/config/'),
      );
    expect(wrong).toEqual([]);
  });
});

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
