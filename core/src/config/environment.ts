import { type Assigned, dotted, type Layer } from './assignments.ts';
import type { ConfigProblem } from './config-problem.ts';
import { didYouMean } from './did-you-mean.ts';
import type { SchemaKey } from './schema-keys.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `queues.critical.max` is `WAYBILL_QUEUES_CRITICAL_MAX`, `timeoutMs` is `WAYBILL_TIMEOUT_MS`. */
export const variableOf = (path: readonly string[]): string =>
  `${prefix}${path
    .map((key) =>
      key
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replaceAll('-', '_')
        .toUpperCase(),
    )
    .join('_')}`;

const prefix = 'WAYBILL_';

/** The values that the environment gives to these keys. An empty variable counts as not set. */
export const readEnvironment = (env: Environment, keys: readonly SchemaKey[]): Layer => {
  const layer = new Map<string, Assigned>();
  for (const key of keys) {
    const variable = variableOf(key.path);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const origin = { kind: 'environment', variable } as const;
    layer.set(dotted(key.path), { path: key.path, value: fromText(text, key), origin });
  }
  return layer;
};

/** Text in the type that the key takes; as it is where it does not fit, for validation to say so. */
export const fromText = (text: string, key: SchemaKey | undefined): unknown => {
  const types = key?.types ?? new Set<string>();
  const trimmed = text.trim();
  if ((types.has('number') || types.has('integer')) && trimmed !== '' && !Number.isNaN(Number(trimmed))) {
    return Number(trimmed);
  }
  if (types.has('boolean') && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  if (types.has('array') && !types.has('string')) return trimmed.split(',').map((item) => item.trim());
  return text;
};

/** Variables of ours that are read elsewhere. */
const elsewhere = /^WAYBILL_(CONFIG$|REQUIRE$|TEST_|SERVER$|TOKEN$)/;

/** A problem for each variable that looks like config and sets nothing. */
export const findUnknownVariables = (
  env: Environment,
  keys: readonly SchemaKey[],
  unjudged: readonly string[],
): readonly ConfigProblem[] => {
  const known = new Set(keys.map((key) => variableOf(key.path)));
  const sections = new Set(keys.map((key) => variableOf(key.path.slice(0, 1))));
  const problems: ConfigProblem[] = [];
  for (const variable of Object.keys(env).toSorted()) {
    if (!variable.startsWith(prefix) || known.has(variable) || elsewhere.test(variable)) continue;
    if (unjudged.some((section) => variable.startsWith(`${variableOf([section])}_`))) continue;
    const suggestion = didYouMean(
      variable.slice(prefix.length),
      [...known].map((name) => name.slice(prefix.length)),
    );
    const looksLikeConfig = [...sections].some(
      (name) => variable.startsWith(`${name}_`) || variable === name,
    );
    if (suggestion === undefined && !looksLikeConfig) continue;
    problems.push({
      path: '',
      message: `${JSON.stringify(variable).slice(1, -1)} is set and sets no key`,
      ...(suggestion === undefined ? {} : { suggestion: `${prefix}${suggestion}` }),
      origin: { kind: 'environment', variable },
      fix: 'unset it, or correct its name',
    });
  }
  return problems;
};
