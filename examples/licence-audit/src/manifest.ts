import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const licenceName = z
  .union([z.string(), z.looseObject({ type: z.string() })])
  .optional()
  .catch(undefined);

const manifestSchema = z.object({
  name: z.string(),
  version: z.string().optional(),
  description: z.string().optional().catch(undefined),
  license: licenceName,
  /** How npm wrote it until 2014. */
  licenses: z
    .array(z.looseObject({ type: z.string() }))
    .optional()
    .catch(undefined),
});

export type Manifest = z.output<typeof manifestSchema>;

/** The `package.json` of an installed package. Throws if it is missing or is none. */
export const readManifest = async (folder: string): Promise<Manifest> =>
  manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));

export interface LicenceText {
  /** Its name in the package's folder. */
  readonly file: string;
  readonly text: string;
}

const licenceFile = /^(licen[cs]e|copying|unlicen[cs]e)([-._].*)?$/i;

/** The licence text that the package carries, if any: the first by name, so that every run finds the same one. */
export const readLicenceText = async (folder: string): Promise<LicenceText | undefined> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && licenceFile.test(entry.name));
  const [file] = files.map(({ name }) => name).sort();
  return file === undefined ? undefined : { file, text: await readFile(join(folder, file), 'utf8') };
};
