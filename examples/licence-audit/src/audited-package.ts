import { defineCollection } from '@waybill/core';
import { z } from 'zod';

/** What the audit found out about one installed package. Its id is the package's path in the lock file. */
export const auditedPackages = defineCollection({
  name: 'audited-packages',
  schema: z.object({
    path: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string().optional(),
    licence: z.string(),
    licenceSource: z.enum(['declared', 'corrected', 'text', 'none']),
    /** The licence text's file, and the copyright lines in it. */
    licenceFile: z.string().optional(),
    copyright: z.array(z.string()),
    /** As the lock file has it: what npm verified the download against. Workspaces are not downloaded. */
    integrity: z.string().optional(),
    development: z.boolean(),
  }),
  indexes: [{ name: 'by-licence', fields: ['licence'] }],
});

export type AuditedPackage = z.output<(typeof auditedPackages)['schema']>;
