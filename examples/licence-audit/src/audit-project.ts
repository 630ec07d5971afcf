import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineHandler, permanent } from '@waybill/core';
import { z } from 'zod';
import { auditPackage } from './audit-package.ts';
import { splitInstalled } from './installed-packages.ts';
import { readLockFile } from './lock-file.ts';
import { brokenPackage, rehearsalOf } from './rehearsal.ts';

/** Submits one task per installed package, all in its own commit: there are all of them, or none. */
export const auditProject = defineHandler({
  topic: 'audit.project',
  input: z.strictObject({
    lockFile: z.string(),
    /** The folder of the notices. */
    notices: z.string(),
    /** Adds what `--demo` shows. */
    rehearse: z.boolean(),
  }),
  output: z.object({ packages: z.int(), skipped: z.int() }),
  async run({ lockFile, notices, rehearse }, work) {
    const lock = await readLockFile(lockFile).catch((cause: unknown) => {
      throw permanent(cause instanceof Error ? cause.message : String(cause), { cause });
    });
    const { installed, skipped } = splitInstalled(lock);
    for (const [index, entry] of installed.entries()) {
      const { path, name, version, integrity } = entry;
      work.submit(auditPackage, {
        path,
        name,
        version,
        integrity,
        folder: join(lock.folder, path),
        development: entry.dev,
        notices,
        ...(rehearse ? { rehearsal: rehearsalOf(index, installed.length) } : {}),
      });
    }
    if (!rehearse) return { packages: installed.length, skipped: skipped.length };
    const { name, version } = brokenPackage;
    const folder = fileURLToPath(brokenPackage.folder);
    work.submit(auditPackage, { path: name, name, version, folder, development: false, notices });
    return { packages: installed.length + 1, skipped: skipped.length };
  },
});
