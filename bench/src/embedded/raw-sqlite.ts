import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type OpenContender, payload } from '../contender.ts';
import { counter } from '../counter.ts';

/**
 * The limit: `node:sqlite` writing as many rows in as many transactions as a task costs, and nothing else. A
 * submit is one row with its index entry; a task is a claim (one update that moves its index entry) and an end (one
 * more, and the document), 100 of each to a transaction.
 */
export const rawSqlite =
  (synchronous: 'FULL' | 'NORMAL'): OpenContender =>
  async (folder) => {
    const database = new DatabaseSync(join(folder, 'raw.db'));
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
      CREATE TABLE tasks (id INTEGER PRIMARY KEY, phase TEXT, queue TEXT, at REAL, nonce TEXT, input TEXT, result TEXT);
      CREATE INDEX phase ON tasks (phase, queue, at);
      CREATE TABLE documents (id TEXT PRIMARY KEY, version INTEGER, body TEXT) WITHOUT ROWID`);
    const statements = prepare(database);
    const within = (work: () => void): void => {
      database.exec('BEGIN IMMEDIATE');
      work();
      database.exec('COMMIT');
    };
    const insert = (n: number): void => {
      statements.insert.run(n, n, JSON.stringify(payload(n)));
    };
    const count = counter();
    let stopped = false;
    let running: Promise<void> = Promise.resolve();
    const run = async (batch: number, document: boolean): Promise<void> => {
      while (!stopped) {
        const ids = statements.waiting.all(batch).map(({ id }) => Number(id));
        if (ids.length > 0) {
          within(() => ids.forEach((id) => statements.claim.run(id, id)));
          within(() => ids.forEach((id) => end(statements, id, document)));
          ids.forEach(count.one);
        }
        await new Promise(setImmediate);
      }
    };
    return {
      submit: (n) => within(() => insert(n)),
      submitMany: (from, many) =>
        within(() => {
          for (let i = 0; i < many; i++) insert(from + i);
        }),
      startWorkers: ({ concurrency, document }) => {
        running = run(concurrency, document);
      },
      ended: count.wait,
      close: async () => {
        stopped = true;
        await running;
        database.close();
      },
    };
  };

type Statements = Record<'insert' | 'waiting' | 'claim' | 'finish' | 'document', StatementSync>;

const prepare = (database: DatabaseSync): Statements => ({
  insert: database.prepare(`INSERT INTO tasks VALUES (?, 'available', 'normal', ?, '', ?, NULL)`),
  waiting: database.prepare(
    `SELECT id FROM tasks WHERE phase = 'available' AND queue = 'normal' ORDER BY at LIMIT ?`,
  ),
  claim: database.prepare(
    `UPDATE tasks SET phase = 'held', at = ?, nonce = 'n' WHERE id = ? AND phase = 'available'`,
  ),
  finish: database.prepare(
    `UPDATE tasks SET phase = 'completed', at = ?, result = '{"ok":true}' WHERE id = ? AND nonce = 'n'`,
  ),
  document: database.prepare(`INSERT OR REPLACE INTO documents VALUES (?, 1, ?)`),
});

const end = (statements: Statements, id: number, document: boolean): void => {
  statements.finish.run(id, id);
  if (document) statements.document.run(String(id), '{"n":1}');
};
