import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface Options {
  /** Absolute, as are all paths here. */
  readonly lockFile: string;
  readonly config: string;
  readonly sbom: string;
  /** Kill a worker, fail a task and audit a broken package on purpose. */
  readonly demo: boolean;
  /** A package that could not be audited is a reason to fail. */
  readonly strict: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm start -- [path/to/package-lock.json] [options]

Audits the licences of every installed package of an npm project and writes a CycloneDX SBOM.

  --out FILE      where the SBOM goes (default examples/licence-audit/out/sbom.cdx.json)
  --config FILE   the deployment to run on (default examples/licence-audit/waybill.config.ts)
  --no-demo       only audit: kill no worker, fail nothing on purpose
  --strict        exit with 1 if a package could not be audited
`;

const inExample = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
export const defaultConfig = inExample('waybill.config.ts');

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `cwd` is what relative paths begin at. Throws a `UsageError`. */
export const parseOptions = (argv: readonly string[], cwd: string): Options => {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) throw new UsageError(`one lock file, please, not ${positionals.length}`);
  const [lockFile] = positionals;
  const path = (given: string | undefined, otherwise: string): string =>
    given === undefined ? otherwise : resolve(cwd, given);
  return {
    lockFile: path(lockFile, inExample('../../package-lock.json')),
    config: path(values.config, defaultConfig),
    sbom: path(values.out, inExample('out/sbom.cdx.json')),
    demo: values.demo,
    strict: values.strict,
    help: values.help,
  };
};

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      allowNegative: true,
      options: {
        config: { type: 'string' },
        out: { type: 'string' },
        demo: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};
