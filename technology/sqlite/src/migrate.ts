import { ConfigError } from '@waybill/core';
import type { SqliteFile } from './sqlite-file.ts';

/**
 * Brings the tables of one component (`store`, `broker`, `channel`) up to date. Step n makes format n + 1 out of
 * format n; steps are only ever added. Any number of processes may do this at once.
 */
export const migrate = (file: SqliteFile, component: string, steps: readonly string[]): Promise<void> =>
  file.write(() => {
    file
      .prepare(
        'CREATE TABLE IF NOT EXISTS waybill_format (component TEXT PRIMARY KEY, format INTEGER NOT NULL) STRICT',
      )
      .run();
    const found = file.prepare('SELECT format FROM waybill_format WHERE component = ?').get(component)?.[0];
    const format = Number(found ?? 0);
    if (format > steps.length) {
      throw new ConfigError(`the ${component} in the SQLite file was made by a newer Waybill`, {
        facts: { file: file.path, format, known: steps.length },
        fix: 'upgrade Waybill on this machine, or name another file',
      });
    }
    for (const step of steps.slice(format)) file.prepare(step).run();
    if (format === steps.length) return;
    file.prepare('INSERT OR REPLACE INTO waybill_format VALUES (?, ?)').run(component, steps.length);
  });
