import { parentPort, workerData } from 'node:worker_threads';
import { loadSqlite } from './load-sqlite.ts';

/** In pages. With fewer the same pages are written again and again: with 4,000 bulk inserts lose nothing. */
const worthwhile = 4_000;

const { DatabaseSync } = loadSqlite();
const database = new DatabaseSync(String(workerData));
database.exec('PRAGMA wal_autocheckpoint = 0');
// Tells how long the log is, and since SQLite 3.51 does no more: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
const look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', (message: 'look' | 'close') => {
  if (message === 'look') {
    const { log, checkpointed } = look.get() as { readonly log: number; readonly checkpointed: number };
    if (log - checkpointed >= worthwhile) checkpoint.get();
  } else {
    database.close();
    parentPort?.close();
  }
});
