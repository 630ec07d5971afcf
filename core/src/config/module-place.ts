import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface ModulePlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/**
 * Where a module went wrong, as far as Node tells: in `file` or in a module that it imports where a syntax error is told
 * with its place, else in `file` only. Node tells no place for JavaScript that V8 cannot parse.
 */
export const placeOfFailure = ({ stack = '' }: Error, file: string): ModulePlace | undefined => {
  try {
    return placeAtop(stack) ?? placeAmong(stack, file);
  } catch {
    return undefined; // a stack that was not made by Node tells no place
  }
};

/** Node begins the stack of a syntax error with `path:line`, some lines as they stand there, and carets below the fault. */
const placeAtop = (stack: string): ModulePlace | undefined => {
  const [first = '', ...more] = stack.split('\n');
  const [, where = '', line] = /^(.+):(\d+)$/.exec(first) ?? [];
  const file = where.startsWith('file:') ? fileURLToPath(where) : where;
  if (line === undefined || !existsSync(file)) return undefined;
  const column = columnOf(more, readFileSync(file, 'utf8').split(/\r?\n/)[Number(line) - 1]);
  return { file, line: Number(line), ...(column === undefined ? {} : { column }) };
};

/** Carets are where they seem to be only below a line that is shown as it is: tabs and wide characters are not. */
const columnOf = (shown: readonly string[], line: string | undefined): number | undefined => {
  const carets = shown.findIndex((each) => /^ *\^+$/.test(each));
  if (carets === -1 || shown[carets - 1] !== line || !/^[ -~]*$/.test(line ?? '')) return undefined;
  return (shown[carets]?.indexOf('^') ?? 0) + 1;
};

/** What a module throws has its frame in the stack. */
const placeAmong = (stack: string, file: string): ModulePlace | undefined => {
  const [, after] = stack.split(`${file.startsWith('file:') ? file : pathToFileURL(file).href}:`);
  const [, line, column] = /^(\d+):(\d+)/.exec(after ?? '') ?? [];
  return line === undefined ? undefined : { file, line: Number(line), column: Number(column) };
};
