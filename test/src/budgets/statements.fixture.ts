import { StatementSync } from 'node:sqlite';

/** What SQLite was asked for, by kind. */
export interface Statements extends Readonly<Record<string, number>> {
  /** Transactions that wrote: each is one append to the write-ahead log, and with `synchronous: full` one fsync. */
  readonly writes: number;
  /** Transactions that only read. */
  readonly snapshots: number;
  /** Everything else: what was read and written in them, or outside of any. */
  readonly others: number;
}

const methods = ['run', 'get', 'all', 'iterate'] as const;
type Asked = (this: StatementSync, ...values: never[]) => unknown;

/** Counts the statements of this process, all files together, while `work` runs. */
export const countStatements = async (work: () => Promise<void>): Promise<Statements> => {
  const counts = new Map<string, number>();
  const originals = methods.map((name) => [name, StatementSync.prototype[name] as Asked] as const);
  for (const [name, original] of originals) {
    const counting: Asked = function (...values) {
      const { sourceSQL } = this;
      counts.set(sourceSQL, (counts.get(sourceSQL) ?? 0) + 1);
      return original.apply(this, values);
    };
    Object.defineProperty(StatementSync.prototype, name, {
      value: counting,
      configurable: true,
      writable: true,
    });
  }
  try {
    await work();
  } finally {
    for (const [name, original] of originals)
      Object.defineProperty(StatementSync.prototype, name, {
        value: original,
        configurable: true,
        writable: true,
      });
  }
  const of = (sql: string): number => counts.get(sql) ?? 0;
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const writes = of('BEGIN IMMEDIATE');
  const snapshots = of('BEGIN');
  return { writes, snapshots, others: all - writes - snapshots - of('COMMIT') - of('ROLLBACK') };
};
