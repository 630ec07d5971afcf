import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineEffect } from '@waybill/core';
import { z } from 'zod';

/** In the folder of the notices: one line for every notice that was taken back. */
export const takenBackFile = 'taken-back.log';

/** A file outside of any store: written by a task, and deleted again if that task does not commit. */
export const writeNotice = defineEffect({
  name: 'notice.write',
  args: z.object({
    file: z.string(),
    heading: z.string(),
    /** Where the licence text is copied from; it stays out of the journal. */
    licenceText: z.string().optional(),
  }),
  async do({ file, heading, licenceText }) {
    const text = licenceText === undefined ? '' : await readFile(licenceText, 'utf8');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${heading}\n\n${text}`);
    return { bytes: (await stat(file)).size };
  },
  async undo({ file }, { key }) {
    const wasThere = await isFile(file);
    await rm(file, { force: true });
    if (wasThere) await appendFile(join(dirname(file), takenBackFile), `${file} (effect ${key})\n`);
  },
});

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
