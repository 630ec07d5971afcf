import type { Finding, Inspection } from '@waybill/core';
import { ConfigError } from '@waybill/core';
import { SqliteFile } from './sqlite-file.ts';
import type { FileOptions } from './options.ts';

/** The live SQLite and what is wrong with the file, for every adapter on it. `whatNormalRisks`: in its words. */
export const inspectFile = async (options: FileOptions, whatNormalRisks?: string): Promise<Inspection> => {
  const findings: Finding[] = [];
  if (options.synchronous === 'normal' && whatNormalRisks !== undefined) {
    findings.push({
      level: 'warn',
      code: 'sqlite.synchronous-normal',
      message: `synchronous is normal: ${whatNormalRisks}`,
      fix: "set synchronous: 'full'",
    });
  }
  try {
    const file = await SqliteFile.open(options);
    try {
      const version = await file.read(() => file.prepare('SELECT sqlite_version()').get()?.[0]);
      return { server: `SQLite ${version}`, findings };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const finding: Finding = {
      level: 'refuse',
      code: 'sqlite.file',
      message: error.message,
      fix: error.fix ?? '',
    };
    return { server: `SQLite ${process.versions['sqlite'] ?? ''}`.trim(), findings: [...findings, finding] };
  }
};
