import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

const library = dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'));
const schema = (name: string): object =>
  JSON.parse(readFileSync(join(library, 'res', 'schema', `${name}.SNAPSHOT.schema.json`), 'utf8')) as object; // shipped so

/** Validates against the official schema of CycloneDX 1.6, as the CycloneDX library ships it. */
export const cycloneDxErrors = (bom: unknown): readonly string[] => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // In the draft of 2019 and not in ajv-formats; what is international is not ours to judge.
  ajv.addFormat('iri-reference', (value) => URL.canParse(value, 'https://base.invalid'));
  ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  const validate = ajv.compile(schema('bom-1.6'));
  return validate(bom)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};
