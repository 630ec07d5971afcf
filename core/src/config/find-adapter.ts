import { existsSync } from 'node:fs';
import type { Adapter, PortName } from '../adapter.ts';
import type { ConfigProblem } from './config-problem.ts';
import { didYouMean } from './did-you-mean.ts';
import { describeFailure, importModule } from './import-module.ts';
import { installedAdapters } from './installed-adapters.ts';
import { describeOrigin } from './origin.ts';
import { publishedAdapters } from './published-adapters.ts';
import { redactedValue } from './redact.ts';
import { isPath, resolveModule } from './resolve-module.ts';

/** The technology behind a port: found, or what is wrong with what `use` says. */
export type FoundAdapter<P extends PortName = PortName> =
  | { readonly adapter: Adapter<P> }
  | { readonly problem: Omit<ConfigProblem, 'path' | 'origin'> };

/**
 * Finds what `use` stands for: `redis` is the package `@waybill/<port>-redis`; a name with `@`, `/` or a leading
 * `waybill-` is a package, a path is a file, both as seen from `folder`; an object is the adapter itself.
 */
export const findAdapter = async <P extends PortName>(
  port: P,
  use: unknown,
  folder: string,
): Promise<FoundAdapter<P>> => {
  if (use === undefined)
    return { problem: { message: 'names no adapter', fix: `write ${port}: { use: '…' }` } };
  if (typeof use !== 'string') return checkAdapter(port, use, redactedValue([], use));
  const short = /^(?!waybill-)[a-z][a-z0-9-]*$/i.test(use);
  const specifier = short ? `@waybill/${port}-${use}` : use;
  if (!short && !isPath(use) && !isPackage(use)) return unknownAdapter(port, use, folder);
  const file = resolveModule(specifier, folder);
  if (file === undefined) return short ? unknownAdapter(port, use, folder) : missing(specifier, use);
  if (!existsSync(file)) {
    return {
      problem: { message: `${specifier} lacks its file ${file}`, fix: 'build it, or install it again' },
    };
  }
  const imported = await importModule(file);
  if ('module' in imported) return checkAdapter(port, imported.module['default'], specifier);
  const { place, message, ...rest } = describeFailure(imported.failure, file);
  const notes = place === undefined ? [] : [`at ${describeOrigin({ kind: 'file', ...place })}`];
  return { problem: { message: `${specifier} ${message}`, notes, ...rest } };
};

const isPackage = (name: string): boolean =>
  /^(@[\w.-]+\/[\w.-]+|waybill-[\w.-]+|[\w.-]+\/[\w.-]+)(\/.*)?$/.test(name);

const unknownAdapter = (port: PortName, use: string, folder: string): FoundAdapter<never> => {
  const installed = installedAdapters(port, folder);
  const available = publishedAdapters[port].filter((name) => !installed.includes(name));
  const notes = [
    `installed: ${list(installed)}`,
    ...(available.length > 0 ? [`available: ${list(available)}`] : []),
  ];
  if (available.includes(use)) {
    return {
      problem: { message: `${redactedValue([], use)} is not installed`, notes, fix: install(port, use) },
    };
  }
  const suggestion = didYouMean(use, [...installed, ...available]);
  return {
    problem: {
      message: `${redactedValue([], use)} is not a known adapter`,
      notes,
      ...(suggestion === undefined ? {} : { suggestion }),
      fix:
        suggestion !== undefined && available.includes(suggestion)
          ? install(port, suggestion)
          : 'use the name of an installed adapter, the name of a package, or a path that begins with ./',
    },
  };
};

const install = (port: PortName, technology: string): string => `npm i @waybill/${port}-${technology}`;
const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

const missing = (specifier: string, use: string): FoundAdapter<never> =>
  isPath(specifier)
    ? { problem: { message: `${redactedValue([], use)} is no file`, fix: 'paths begin at the config file' } }
    : { problem: { message: `${redactedValue([], use)} is not installed`, fix: `npm i ${specifier}` } };

const checkAdapter = <P extends PortName>(port: P, value: unknown, source: string): FoundAdapter<P> => {
  const wrong = wrongIn(value, port);
  // `wrongIn` has looked at each member; the options' type is the adapter's own affair.
  if (wrong === undefined) return { adapter: value as Adapter<P> };
  const fix = `its default export must be defineAdapter({ port: '${port}', … })`;
  return { problem: { message: `${source} ${wrong}`, ...(typeof value === 'object' ? {} : { fix }) } };
};

const wrongIn = (value: unknown, port: PortName): string | undefined => {
  if (typeof value !== 'object' || value === null) return 'exports no adapter by default';
  const adapter = value as Readonly<Record<string, unknown>>; // every object can be looked at so
  if (adapter['port'] !== port) {
    const other =
      typeof adapter['port'] === 'string' ? `an adapter for the ${adapter['port']}` : 'no adapter';
    return `is ${other}, not one for the ${port}`;
  }
  if (typeof adapter['name'] !== 'string') return 'is an adapter without a name';
  if (!isZod4(adapter['options'])) return 'is an adapter whose options are no schema of zod 4';
  const lacking = ['module', 'inspect'].filter((method) => typeof adapter[method] !== 'function');
  return lacking.length === 0 ? undefined : `is an adapter without ${lacking.join(' and ')}`;
};

/** Also one of another copy of zod. */
const isZod4 = (schema: unknown): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  '_zod' in schema &&
  'safeParse' in schema &&
  typeof schema.safeParse === 'function';
