import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Connection, defineQueue, defineWorker } from 'plainjob';
import { type OpenContender, payload } from '../contender.ts';
import { counter } from '../counter.ts';

/**
 * plainjob on `node:sqlite`, so that both sides use the same SQLite and nothing native is compiled: its own
 * `Connection` is an interface. With plainjob's own settings (WAL, synchronous NORMAL). One worker polling
 * without a pause is its best configuration in one process; it runs its jobs one by one.
 */
export const plainjob: OpenContender = async (folder) => {
  const connection = connect(join(folder, 'plainjob.db'));
  const logger = {
    error: console.error,
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
  };
  const queue = defineQueue({ connection, logger });
  const count = counter();
  const contender: Awaited<ReturnType<OpenContender>> = { close: () => undefined };
  const worker = defineWorker(
    'bench',
    (job) => {
      contender.onStart?.((JSON.parse(job.data) as { n: number }).n);
    },
    { queue, logger, pollIntervall: 1, onCompleted: count.one },
  );
  let running: Promise<void> | undefined;
  return Object.assign(contender, {
    submit: (n: number) => void queue.add('bench', payload(n)),
    submitMany: (from: number, many: number) =>
      void queue.addMany(
        'bench',
        Array.from({ length: many }, (_, i) => payload(from + i)),
      ),
    startWorkers: () => {
      running = worker.start();
    },
    ended: count.wait,
    close: async () => {
      await worker.stop();
      await running;
      queue.close();
    },
  });
};

const connect = (file: string): Connection => {
  const database = new DatabaseSync(file);
  const connection = {
    driver: 'better-sqlite3',
    filename: file,
    pragma: (statement: string) => database.exec(`PRAGMA ${statement}`),
    exec: (statement: string) => database.exec(statement),
    prepare: (statement: string) => {
      const prepared = database.prepare(statement);
      prepared.setAllowUnknownNamedParameters(true);
      return {
        run: (...values: SQLInputValue[]) => prepared.run(...values),
        get: (...values: SQLInputValue[]) => prepared.get(...values),
        all: (...values: SQLInputValue[]) => prepared.all(...values),
      };
    },
    transaction: (work: (...values: unknown[]) => unknown) =>
      Object.assign(within(database, 'BEGIN', work), {
        immediate: within(database, 'BEGIN IMMEDIATE', work),
      }),
    close: () => database.close(),
  };
  return connection as unknown as Connection; // the parts of better-sqlite3's interface that plainjob uses
};

const within =
  (database: DatabaseSync, begin: string, work: (...values: unknown[]) => unknown) =>
  (...values: unknown[]): unknown => {
    database.exec(begin);
    try {
      const answer = work(...values);
      database.exec('COMMIT');
      return answer;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
