import type { ContainerModule } from 'inversify';
import type { Adapter, Inspection, PortName } from '../adapter.ts';
import { valueAt } from './assignments.ts';
import { configError } from './config-error.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type Described, describeIssues, type Surroundings } from './describe-issue.ts';
import { findPlaintext } from './plaintext.ts';
import { hideSecrets } from './redact.ts';
import { revealSecrets, type SecretSource } from './resolve-references.ts';

/** The adapter that a config names for a port, and its options. */
export interface AdapterChoice<P extends PortName = PortName> {
  readonly port: P;
  readonly adapter: Adapter<P>;
  /** As configured: secrets are references here, and stay so. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Reads the secrets, now, and answers the adapter's module. Throws a `ConfigError`. */
  module(): Promise<ContainerModule>;
  /** Reads the secrets, now, and looks at the live backend. */
  inspect(): Promise<Inspection>;
}

/** Pairs an adapter with options that have been checked, or will be when it is opened. */
export const chooseAdapter = <P extends PortName>(
  adapter: Adapter<P>,
  options: Readonly<Record<string, unknown>>,
  source: SecretSource,
): AdapterChoice<P> => {
  const { port } = adapter;
  const parse = async (): Promise<unknown> => {
    const { described, secrets, parsed } = await parseOptions(
      adapter,
      options,
      source,
      plainSurroundings(options),
    );
    if (described.length === 0) return parsed;
    const problems = described.map(({ path, ...rest }) => ({
      ...rest,
      path: [port, ...path].map(String).join('.'),
    }));
    throw configError(hideIn(problems, secrets), `the options of ${port} ${adapter.name}`);
  };
  return {
    port,
    adapter,
    options,
    module: async () => adapter.module(await parse()),
    inspect: async () => adapter.inspect(await parse()),
  };
};

export interface ParsedOptions {
  readonly parsed: unknown;
  readonly described: readonly Described[];
  /** To be hidden in whatever is said about the options. */
  readonly secrets: readonly string[];
}

/** Validates an adapter's options with their secrets in place. */
export const parseOptions = async (
  adapter: Adapter,
  options: Readonly<Record<string, unknown>>,
  source: SecretSource & { readonly insecure?: boolean },
  around: Surroundings,
): Promise<ParsedOptions> => {
  const { value, secrets, missing } = await revealSecrets(options, source);
  if (missing.length > 0) return { parsed: undefined, secrets, described: missing };
  const { success, data, error } = adapter.options.safeParse(value);
  if (!success)
    return {
      parsed: undefined,
      secrets,
      described: describeIssues(error, around),
    };
  return { parsed: data, secrets, described: source.insecure === false ? findPlaintext(value) : [] };
};

/** Problems in which no secret can be read any more. */
export const hideIn = (
  problems: readonly ConfigProblem[],
  secrets: readonly string[],
): readonly ConfigProblem[] =>
  secrets.length === 0
    ? problems
    : problems.map((problem) => ({
        ...problem,
        message: hideSecrets(problem.message, secrets),
        ...(problem.suggestion === undefined ? {} : { suggestion: hideSecrets(problem.suggestion, secrets) }),
      }));

const plainSurroundings = (options: object): Surroundings => ({
  valueAt: (path) => valueAt(options, path),
  keysAt: () => [],
});
