import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { variableOf } from './environment.ts';
import { core } from './fake-adapter.fixture.ts';
import { parseDuration } from './duration.ts';
import { configSchema } from './schema.ts';
import { type SchemaKey, schemaKeys } from './schema-keys.ts';

const docs = await readFile(join(core, '..', 'docs', 'configuration.md'), 'utf8');

/** The reference as the schema would write it. */
const reference = (): string => {
  const rows = schemaKeys(configSchema).map(
    (key) =>
      `| \`${key.path.join('.')}\` | ${defaultOf(key)} | \`${variableOf(key.path)}\` | ${meaningOf(key)} |`,
  );
  return ['| Key | Default | Variable | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
};

const defaultOf = (key: SchemaKey): string => {
  if (key.path.at(-1) === 'use') return '`sqlite`';
  return key.default === undefined ? '–' : `\`${JSON.stringify(key.default).replaceAll('"', '')}\``;
};

const meaningOf = ({ description = '', choices }: SchemaKey): string =>
  choices.length === 0
    ? description
    : `${choices.map((choice) => `\`${choice}\``).join(', ')}. ${description}`;

test('the reference in the docs is what the schema says', () => {
  const [, table] = /<!-- keys -->\n\n(.*)\n\n<!-- \/keys -->/s.exec(docs) ?? [];
  expect(table).toBe(reference());
});

test('every key says what it means', () => {
  expect(schemaKeys(configSchema).filter(({ description }) => !description)).toEqual([]);
});

test('no two keys share a variable', () => {
  const variables = schemaKeys(configSchema).map(({ path }) => variableOf(path));
  expect(new Set(variables).size).toBe(variables.length);
});

test('a key is a duration exactly if its name says so', () => {
  const isDuration = (value: unknown) => typeof value === 'string' && parseDuration(value) !== undefined;
  for (const key of schemaKeys(configSchema)) {
    expect([key.path, isDuration(key.default)]).toEqual([key.path, key.path.at(-1)?.endsWith('Ms')]);
  }
});
