import { pathToFileURL } from 'node:url';
import type { ConfigProblem } from './config-problem.ts';
import { type ModulePlace, placeOfFailure } from './module-place.ts';
import { redactUrl } from './redact.ts';

export type Imported =
  | { readonly module: Readonly<Record<string, unknown>> }
  | { readonly failure: Error & { readonly code?: string } };

/**
 * Imports a module by its path or `file:` URL. What it throws is the answer, or that nothing is left that could end it.
 */
export const importModule = async (file: string): Promise<Imported> => {
  const url = file.startsWith('file:') ? file : pathToFileURL(file).href;
  const stuck = Promise.withResolvers<never>();
  const noticeEnd = (): void => stuck.reject(new Error('it awaits something that never comes'));
  process.once('beforeExit', noticeEnd);
  try {
    const imported: unknown = await Promise.race([import(/* @vite-ignore */ url), stuck.promise]);
    return { module: imported as Readonly<Record<string, unknown>> }; // every module is
  } catch (error) {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    process.off('beforeExit', noticeEnd);
  }
};

const typeScriptFixes: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'Node only strips types: use no enum, namespace, parameter property or decorator there, or build it to JavaScript',
  ERR_UNKNOWN_FILE_EXTENSION:
    'this Node runs no TypeScript: use Node 22.18 or later without --no-strip-types',
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING:
    'Node strips no types below node_modules: the package must be published as JavaScript',
};

const fixOf = (code: string, file: string): string | undefined =>
  code === 'ERR_UNKNOWN_FILE_EXTENSION' && !/\.[cm]?ts$/.test(file)
    ? 'give it a name that ends in .ts, .mts, .js or .mjs; a config may also be .json, .yaml or .yml'
    : typeScriptFixes[code];

/** Says why a module of the user could not be imported, and where in it or in what it imports, if that is known. */
export const describeFailure = (
  failure: Error & { readonly code?: string },
  file: string,
): Pick<ConfigProblem, 'message' | 'fix' | 'cause'> & { readonly place: ModulePlace | undefined } => {
  const place = placeOfFailure(failure, file);
  const fix = fixOf(failure.code ?? '', file) ?? (place === undefined ? howToFind(failure, file) : undefined);
  return {
    message: `cannot be loaded: ${redactUrl(failure.message)}`,
    ...(fix === undefined ? {} : { fix }),
    cause: failure,
    place,
  };
};

/** The same as a problem of its own, which comes from the module. */
export const moduleProblem = (
  failure: Error & { readonly code?: string },
  file: string,
  about: { readonly path: string; readonly shown: string },
): ConfigProblem => {
  const { place, ...described } = describeFailure(failure, file);
  const shown = place === undefined || place.file === file ? about.shown : place.file;
  return { path: about.path, ...described, origin: { kind: 'file', ...place, file: shown } };
};

const howToFind = ({ name }: Error, file: string): string | undefined =>
  name === 'SyntaxError'
    ? `node --check ${file} shows the line, unless it is in a module that this one imports`
    : undefined;
