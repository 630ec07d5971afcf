import { join } from 'node:path';
import { defineHandler, permanent } from '@waybill/core';
import { z } from 'zod';
import { type AuditedPackage, auditedPackages } from './audited-package.ts';
import { copyrightIn, licenceOf } from './licence.ts';
import { type LicenceText, type Manifest, readLicenceText, readManifest } from './manifest.ts';
import { rehearsalSchema, rehearse } from './rehearsal.ts';
import { writeNotice } from './write-notice.ts';

const input = z.strictObject({
  /** The package's place in the lock file, and its folder on disk. */
  path: z.string(),
  folder: z.string(),
  name: z.string(),
  version: z.string().optional(),
  integrity: z.string().optional(),
  development: z.boolean(),
  /** The folder of the notices. */
  notices: z.string(),
  rehearsal: rehearsalSchema.optional(),
});
type PackageToAudit = z.output<typeof input>;

/** Works out the licence of one installed package: a document for the SBOM, and a notice file beside it. */
export const auditPackage = defineHandler({
  topic: 'audit.package',
  input,
  output: z.object({ licence: z.string() }),
  async run(listed, work) {
    const { manifest, text } = await readInstalled(listed);
    const audited = describe(listed, manifest, text);
    work.documents(auditedPackages).put(listed.path, audited);
    await work.effect(writeNotice, {
      file: join(listed.notices, `${encodeURIComponent(listed.path)}.txt`),
      heading: `${audited.name} ${audited.version}: ${audited.licence}`,
      ...(text === undefined ? {} : { licenceText: join(listed.folder, text.file) }),
    });
    await rehearse(listed.rehearsal, work);
    return { licence: audited.licence };
  },
});

/** Trying again does not mend an installation: whatever is wrong with it is permanent. */
const readInstalled = async ({ folder, name, version, integrity }: PackageToAudit) => {
  const manifest = await readManifest(folder).catch((cause: unknown) => {
    throw permanent(`${name} cannot be resolved: ${whyUnreadable(cause)}`, { cause });
  });
  // The lock file's hash vouches for the locked version only; a linked workspace has none.
  if (integrity !== undefined && manifest.version !== version) {
    throw permanent(`${name} is installed as ${manifest.version} but locked as ${version}: run npm ci`);
  }
  return { manifest, text: await readLicenceText(folder) };
};

const whyUnreadable = (error: unknown): string => {
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ENOENT') return 'it has no package.json';
    return `its package.json cannot be read (${String(error.code)})`;
  }
  return 'its package.json is not that of a package';
};

const describe = (
  listed: PackageToAudit,
  manifest: Manifest,
  text: LicenceText | undefined,
): AuditedPackage => {
  const licence = licenceOf(manifest, text);
  const { description } = manifest;
  return {
    path: listed.path,
    name: manifest.name,
    version: manifest.version ?? listed.version ?? '0.0.0',
    licence: licence.expression,
    licenceSource: licence.source,
    copyright: text === undefined ? [] : [...copyrightIn(text)],
    development: listed.development,
    ...(description === undefined ? {} : { description: description.slice(0, 500) }),
    ...(text === undefined ? {} : { licenceFile: text.file }),
    ...(listed.integrity === undefined ? {} : { integrity: listed.integrity }),
  };
};
