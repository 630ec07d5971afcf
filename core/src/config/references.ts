/** Stands for an environment variable that is read when the config is loaded. */
export interface EnvReference {
  readonly env: string;
  /** Used when the variable is not set. Without it, an unset variable is a problem. */
  readonly default?: string | number | boolean;
}

/**
 * Stands for a secret: a variable of the environment, or a file. Its value is read when an adapter is opened,
 * and appears in no error, no log and no printed config.
 */
export type SecretReference = { readonly secret: string } | { readonly secretFile: string };

export type Reference = EnvReference | SecretReference;

/** `env('REDIS_URL', 'redis://localhost')`. In JSON and YAML: `{ "env": "REDIS_URL", "default": "…" }`. */
export const env = (variable: string, fallback?: string | number | boolean): EnvReference =>
  Object.freeze(fallback === undefined ? { env: variable } : { env: variable, default: fallback });

const secretVariable = (variable: string): SecretReference => Object.freeze({ secret: variable });
const secretFile = (path: string): SecretReference => Object.freeze({ secretFile: path });

/**
 * `secret('AMQP_URL')` or `secret.file('/run/secrets/amqp')`; a relative path begins at the config file. In JSON
 * and YAML: `{ "secret": "AMQP_URL" }` and `{ "secretFile": "/run/secrets/amqp" }`.
 */
export const secret: typeof secretVariable & { readonly file: typeof secretFile } = Object.assign(
  (variable: string) => secretVariable(variable),
  { file: secretFile },
);

export const isReference = (value: unknown): value is Reference => isEnv(value) || isSecret(value);

export const isEnv = (value: unknown): value is EnvReference =>
  hasOnly(value, ['env', 'default']) && typeof value['env'] === 'string';

export const isSecret = (value: unknown): value is SecretReference =>
  (hasOnly(value, ['secret']) && typeof value['secret'] === 'string') ||
  (hasOnly(value, ['secretFile']) && typeof value['secretFile'] === 'string');

const hasOnly = (value: unknown, keys: readonly string[]): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).every((key) => keys.includes(key));
