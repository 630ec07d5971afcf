import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditedPackage } from './audited-package.ts';
import { cycloneDxErrors } from './cyclonedx-schema.fixture.ts';
import { readLockFile } from './lock-file.ts';
import { sbomOf } from './sbom.ts';
import { temporaryFolder } from './temporary-folder.fixture.ts';

const sha512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;

const audited = (path: string, more: Partial<AuditedPackage> = {}): AuditedPackage => ({
  path,
  name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  version: '1.0.0',
  licence: 'MIT',
  licenceSource: 'declared',
  copyright: [],
  development: false,
  ...more,
});

const bomOf = async (packages: Record<string, unknown>, found: readonly AuditedPackage[]) => {
  const file = join(await temporaryFolder('sbom'), 'package-lock.json');
  await writeFile(file, JSON.stringify({ name: 'shop', lockfileVersion: 3, packages }));
  return JSON.parse(sbomOf(await readLockFile(file), found));
};

describe('the SBOM', () => {
  const packages = {
    '': { name: 'shop', version: '2.0.0', dependencies: { '@acme/a': '1' } },
    'node_modules/@acme/a': { version: '1.0.0', dependencies: { b: '1' } },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/@acme/a/node_modules/b': { version: '1.0.0' },
  };
  const found = [
    audited('node_modules/@acme/a', {
      integrity: sha512,
      licenceFile: 'LICENSE',
      copyright: ['Copyright 2020 A'],
    }),
    audited('node_modules/b', { licence: 'MIT OR Apache-2.0', development: true }),
    audited('node_modules/@acme/a/node_modules/b', { licence: 'NOASSERTION', licenceSource: 'none' }),
  ];

  it('has every package as a component with version, purl, licence and hash', async () => {
    const bom = await bomOf(packages, found);
    expect(bom.components).toHaveLength(3);
    const a = bom.components.find(({ name }: { name: string }) => name === '@acme/a');
    expect(a).toMatchObject({
      version: '1.0.0',
      purl: 'pkg:npm/%40acme/a@1.0.0',
      licenses: [{ license: { id: 'MIT', acknowledgement: 'declared' } }],
      hashes: [{ alg: 'SHA-512', content: '07'.repeat(64) }],
      evidence: { copyright: [{ text: 'Copyright 2020 A' }] },
    });
  });

  it('is valid by the official schema, with expressions, unknown licences and one package twice', async () => {
    const bom = await bomOf(packages, [...found, audited('node_modules/c', { licence: 'UNLICENSED' })]);
    expect(cycloneDxErrors(bom)).toEqual([]);
    expect(bom.specVersion).toBe('1.6');
    bom.components[0].type = 'nonsense';
    expect(cycloneDxErrors(bom)).not.toEqual([]);
  });

  it('says what depends on what', async () => {
    const bom = await bomOf(packages, found);
    expect(bom.dependencies).toContainEqual({ ref: 'shop', dependsOn: ['node_modules/@acme/a'] });
    expect(bom.dependencies).toContainEqual({
      ref: 'node_modules/@acme/a',
      dependsOn: ['node_modules/@acme/a/node_modules/b'],
    });
  });

  it('leaves out a hash that CycloneDX cannot express', async () => {
    const bom = await bomOf(packages, [audited('node_modules/b', { integrity: `md5-x ${sha512}` })]);
    expect(bom.components[0].hashes).toEqual([{ alg: 'SHA-512', content: '07'.repeat(64) }]);
  });
});
