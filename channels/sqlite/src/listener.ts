import type { SqliteFile, Statement } from '@waybill/sqlite';

/** As `SqliteFile.write`. */
export type Write = <T>(work: () => T) => Promise<T>;

export interface ListenerOptions {
  readonly leaseMs: number;
  /** Messages that a dead listener held are free again. */
  readonly onReaped: () => void;
}

/**
 * This channel as others see it: alive until its lease ends, holding messages of groups, listening to these
 * subjects. It exists from the first subscription on, and renews itself and buries the dead until it is closed.
 */
export class Listener {
  readonly #file: SqliteFile;
  readonly #options: ListenerOptions;
  readonly #sql: ReturnType<typeof prepareAll>;
  /** How many subscriptions listen to each subject. */
  readonly #interests = new Map<string, number>();
  #opening: Promise<number> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(file: SqliteFile, options: ListenerOptions) {
    this.#file = file;
    this.#options = options;
    this.#sql = prepareAll(file);
  }

  /** Registers one more subscription, in one write with `work`; answers the listener's id with its result. */
  async join<T>(
    subject: string,
    work: () => T,
    write: Write = (writing) => this.#file.write(writing),
  ): Promise<{ readonly id: number; readonly result: T }> {
    const id = await (this.#opening ??= this.#open());
    this.#count(subject, 1);
    try {
      const result = await write(() => {
        this.#addInterest(id, subject);
        return work();
      });
      return { id, result };
    } catch (error) {
      this.#count(subject, -1);
      throw error;
    }
  }

  /** Never rejects: an interest too many only lets hints be written that nobody wants, until the channel closes. */
  async leave(subject: string): Promise<void> {
    const id = await this.#opening;
    if (id === undefined || this.#count(subject, -1) > 0) return;
    const remove = (): void => {
      if (this.#interests.has(subject)) return; // somebody has joined while we waited for our turn
      this.#sql.removeInterest.run(id, subject);
      this.#sql.noteChange.run();
    };
    await this.#file.write(remove).catch(() => undefined); // an interest too many costs hints for nobody, no more
  }

  /** Frees all that it holds. */
  async close(): Promise<void> {
    const id = await this.#opening?.catch(() => undefined); // then there is nothing to free
    clearInterval(this.#heartbeat);
    if (id !== undefined) await this.#file.write(() => this.#bury(id));
  }

  async #open(): Promise<number> {
    try {
      const until = Date.now() + this.#options.leaseMs;
      const id = await this.#file.write(() => Number(this.#sql.create.get(until)?.[0]));
      this.#heartbeat = setInterval(() => void this.#beat(id), this.#options.leaseMs / 3).unref();
      return id;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #beat(id: number): Promise<void> {
    try {
      const reaped = await this.#file.write(() => this.#renewAndReap(id));
      if (reaped > 0) this.#options.onReaped();
    } catch {
      // The file is locked or being closed. The lease is three beats long.
    }
  }

  #renewAndReap(id: number): number {
    const now = Date.now();
    if (Number(this.#sql.renew.run(now + this.#options.leaseMs, id).changes) === 0) {
      this.#sql.restore.run(id, now + this.#options.leaseMs); // this process slept, and others buried it
      for (const subject of this.#interests.keys()) this.#addInterest(id, subject);
    }
    const dead = this.#sql.dead.all(now);
    for (const [other = 0] of dead) this.#bury(Number(other));
    return dead.length;
  }

  #bury(id: number): void {
    this.#sql.free.run(id);
    this.#sql.removeInterests.run(id);
    this.#sql.remove.run(id);
    this.#sql.noteChange.run();
  }

  #addInterest(id: number, subject: string): void {
    if (Number(this.#sql.addInterest.run(id, subject).changes) > 0) this.#sql.noteChange.run();
  }

  #count(subject: string, change: number): number {
    const count = (this.#interests.get(subject) ?? 0) + change;
    if (count > 0) this.#interests.set(subject, count);
    else this.#interests.delete(subject);
    return count;
  }
}

/** Whether a subscription that joined has anything to leave. */
export const hasBegun = (beginning: Promise<unknown>): Promise<boolean> =>
  beginning.then(
    () => true,
    () => false,
  );

const prepareAll = (file: SqliteFile): Record<StatementName, Statement> => ({
  create: file.prepare('INSERT INTO waybill_listener (until) VALUES (?) RETURNING id'),
  renew: file.prepare('UPDATE waybill_listener SET until = ? WHERE id = ?'),
  restore: file.prepare('INSERT INTO waybill_listener VALUES (?, ?)'),
  dead: file.prepare('SELECT id FROM waybill_listener WHERE until < ?'),
  remove: file.prepare('DELETE FROM waybill_listener WHERE id = ?'),
  free: file.prepare('UPDATE waybill_held SET listener = NULL WHERE listener = ?'),
  addInterest: file.prepare('INSERT OR IGNORE INTO waybill_interest VALUES (?, ?)'),
  removeInterest: file.prepare('DELETE FROM waybill_interest WHERE listener = ? AND subject = ?'),
  removeInterests: file.prepare('DELETE FROM waybill_interest WHERE listener = ?'),
  noteChange: file.prepare('UPDATE waybill_interest_change SET count = count + 1'),
});

type StatementName =
  | 'create'
  | 'renew'
  | 'restore'
  | 'dead'
  | 'remove'
  | 'free'
  | 'addInterest'
  | 'removeInterest'
  | 'removeInterests'
  | 'noteChange';
