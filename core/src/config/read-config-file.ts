import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import type { Path } from './assignments.ts';
import type { ConfigProblem } from './config-problem.ts';
import { importModule, moduleProblem } from './import-module.ts';
import { jsonFault } from './json-fault.ts';

interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ConfigFile {
  readonly values: object;
  /** Where in the file a value stands; `undefined` where the format does not tell. */
  locate(path: Path): Place | undefined;
}

/** Reads a config file by its ending. What is wrong with it as a whole is the answer instead. */
export const readConfigFile = async (file: string, shown: string): Promise<ConfigFile | ConfigProblem> => {
  const ending = extname(file);
  if (ending === '.json') return readData(file, shown, true);
  if (ending === '.yaml' || ending === '.yml') return readData(file, shown, false);
  return readModule(file, shown);
};

const readModule = async (file: string, shown: string): Promise<ConfigFile | ConfigProblem> => {
  const imported = await importModule(file);
  if ('failure' in imported) return moduleProblem(imported.failure, file, { path: '', shown });
  const values = await imported.module['default'];
  if (isObject(values)) return { values, locate: () => undefined };
  return {
    path: '',
    message: values === undefined ? 'has no default export' : 'its default export is no object',
    origin: { kind: 'file', file: shown },
    fix: 'export default defineConfig({ … })',
  };
};

const readData = async (file: string, shown: string, json: boolean): Promise<ConfigFile | ConfigProblem> => {
  const problem = (message: string, cause?: unknown, place?: Place): ConfigProblem => ({
    path: '',
    message,
    origin: { kind: 'file', file: shown, ...place },
    ...(cause === undefined ? {} : { cause }),
  });
  try {
    const text = (await readFile(file, 'utf8')).replace(/^\ufeff/, ''); // a byte order mark
    const { LineCounter: Counter, parseDocument } = await import('yaml');
    const lines = new Counter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core' });
    const [error] = document.errors;
    // Neither parser's own words: they quote what stands there, which may be a password.
    const fault = json ? jsonFault(text) : error?.pos[0];
    if (fault !== undefined) {
      const why = json || error === undefined ? '' : `: ${error.code.toLowerCase().replaceAll('_', ' ')}`;
      return problem(`is no ${json ? 'JSON' : 'YAML'}${why}`, undefined, placeOf(fault, lines));
    }
    const parsed: unknown = json ? JSON.parse(text) : document.toJS({ maxAliasCount: 100 });
    const values = isEmpty(document) ? {} : parsed;
    if (!isObject(values)) {
      const fix = json ? '{} means the defaults' : 'write keys and values; an empty file means the defaults';
      return { ...problem('holds no object of keys and values'), fix };
    }
    const { $schema: _, ...rest } = values as Record<string, unknown>; // any object can be read so
    return {
      values: rest,
      locate: (path) => (error === undefined ? locate(document, lines, path) : undefined),
    };
  } catch (error) {
    if (error instanceof ReferenceError)
      // it names the alias, and a password may begin with an asterisk
      return problem('cannot be read: an alias leads nowhere, or aliases multiply');
    return problem(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
};

/** Holds comments at most. A `null` that is written down is not nothing. */
const isEmpty = ({ contents }: Document.Parsed): boolean =>
  contents === null || contents.range[0] === contents.range[1];

const locate = (document: Document.Parsed, lines: LineCounter, path: Path): Place | undefined => {
  const node: unknown = document.getIn(path, true);
  const start =
    isObject(node) && 'range' in node && Array.isArray(node.range) ? Number(node.range[0]) : undefined;
  return start === undefined ? undefined : placeOf(start, lines);
};

const placeOf = (offset: number, lines: LineCounter): Place => {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
