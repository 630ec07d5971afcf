/** What one task may cost, submission and result included. Published in docs/performance.md. */
export interface Budget {
  readonly task: 'compute' | 'count';
  readonly atOnce: 1 | 100;
  /** Calls of `DocumentStore.commit`: where the store is a server, round trips that write. */
  readonly commits: number;
  /** Calls of `DocumentStore.get` and `find`. */
  readonly reads: number;
  /** Calls of the broker: `enqueue`, `acquire`, `depth`. */
  readonly broker: number;
  /** Transactions of the SQLite store that write: fsyncs. */
  readonly fsyncs: number;
  /** Statements of the SQLite store, other than BEGIN and COMMIT. */
  readonly statements: number;
}

export const budgets: readonly Budget[] = [
  { task: 'compute', atOnce: 1, commits: 3, reads: 2, broker: 2, fsyncs: 3, statements: 11 },
  { task: 'compute', atOnce: 100, commits: 0.03, reads: 2, broker: 0.03, fsyncs: 0.03, statements: 7.1 },
  { task: 'count', atOnce: 1, commits: 3, reads: 3, broker: 2, fsyncs: 3, statements: 15 },
  { task: 'count', atOnce: 100, commits: 0.03, reads: 3, broker: 0.03, fsyncs: 0.03, statements: 11.3 },
];

/** As a row of the table in docs/performance.md. */
export const rowOf = ({ task, atOnce, commits, reads, broker, fsyncs, statements }: Budget): string =>
  `| ${task} | ${atOnce} | ${commits} | ${reads} | ${broker} | ${fsyncs} | ${statements} |`;
