import type * as Sqlite from 'node:sqlite';

/**
 * Node's built-in SQLite. Node 22 says once per process that the module is experimental; that one warning is kept
 * back, and no other. Loaded on first use, since loading is what warns.
 */
export const loadSqlite = (): typeof Sqlite => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning(warning, ...rest);
  }) as typeof emitWarning; // its overloads cannot be written as one arrow
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
};
