import {
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Coalescer,
  coalesce,
  type Delivery,
  type Demand,
  lend,
  type QueueName,
  type Settlement,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import { Doorbell, migrate, SqliteFile } from '@waybill/sqlite';
import { type SqliteBrokerOptions, sqliteBrokerOptions } from './options.ts';
import { brokerFormat } from './schema.ts';
import { type Entry, type Placed, TicketTable } from './ticket-table.ts';

/** Opens the broker in a file, which is made if need be. */
export const openSqliteBroker = async (options: Partial<SqliteBrokerOptions> = {}): Promise<SqliteBroker> => {
  const complete = sqliteBrokerOptions.parse(options);
  const file = await SqliteFile.open(complete);
  try {
    await migrate(file, 'broker', brokerFormat);
    return new SqliteBroker(file, complete);
  } catch (error) {
    await file.close();
    throw error;
  }
};

/**
 * Tickets in one SQLite file; see `openSqliteBroker`. A ticket on loan is in the memory of its holder only: if that
 * dies, the ticket is gone, and the task gets another one in time.
 */
export class SqliteBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities;
  readonly #file: SqliteFile;
  readonly #tickets: TicketTable;
  readonly #bell: Doorbell;
  readonly #inserts: Coalescer<readonly Entry[], undefined>;
  /** Given back, and not to be delivered before their timers end. */
  readonly #resting = new Map<Placed, NodeJS.Timeout>();
  #closed: Promise<void> | undefined;

  constructor(file: SqliteFile, { synchronous }: Pick<SqliteBrokerOptions, 'synchronous'>) {
    this.#file = file;
    this.#tickets = new TicketTable(file);
    this.#bell = new Doorbell({ path: `${file.path}-bell-tickets`, changed: () => file.changedByOthers() });
    this.#inserts = coalesce((groups) => this.#insertAll(groups));
    const durability = synchronous === 'full' ? 'disk' : 'process';
    this.capabilities = { durability, shared: true, ordered: true, rank: true, redelivery: false };
  }

  async enqueue(tickets: readonly Ticket[]): Promise<void> {
    this.#refuseClosed();
    for (const ticket of tickets) checkTicket(ticket);
    if (tickets.length > 0) await this.#inserts.add(tickets.map((ticket) => ({ ticket })));
  }

  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    this.#refuseClosed();
    checkDemand(demand);
    const { waitMs, signal } = demand;
    const deadline = performance.now() + waitMs;
    for (;;) {
      const heard = waitMs > 0 ? this.#bell.listen() : 0;
      const taken = await this.#take(demand);
      const leftMs = deadline - performance.now();
      if (taken.length > 0 || leftMs <= 0 || signal?.aborted || this.#closed !== undefined) {
        return taken.map((placed) => lend(placed.ticket, (settlement) => this.#settle(placed, settlement)));
      }
      await this.#bell.wait(heard, leftMs, signal);
      if (this.#closed !== undefined) return [];
    }
  }

  depth(): Promise<ReadonlyMap<QueueName, number>> {
    return this.#file.read(() => this.#tickets.depth());
  }

  async clear(queues: readonly QueueName[]): Promise<void> {
    this.#refuseClosed();
    for (const queue of queues) checkQueue(queue);
    await this.#file.write(() => {
      for (const queue of queues) this.#tickets.clear(queue);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#bell.ring(); // who waits here sees that it is over
    try {
      await this.#putBackResting();
      await this.#inserts.idle();
    } finally {
      this.#bell.close();
      await this.#file.close();
    }
  }

  /** Looks before it takes: an empty queue costs no write. */
  async #take({ wanted }: Demand): Promise<Placed[]> {
    const isAny = await this.#file.read(() => wanted.some(({ queue }) => this.#tickets.hasAny(queue)));
    if (!isAny) return [];
    return this.#file.write(() => wanted.flatMap(({ queue, max }) => this.#tickets.take(queue, max)));
  }

  async #settle(placed: Placed, settlement: Settlement): Promise<void> {
    if (settlement.end === 'commit' || settlement.next.to === 'drop') return;
    this.#refuseClosed();
    const { delayMs = 0 } = settlement.next;
    if (delayMs <= 0) await this.#inserts.add([placed]);
    else this.#rest(placed, delayMs);
  }

  #rest(placed: Placed, delayMs: number): void {
    const timer = setTimeout(
      () => {
        this.#resting.delete(placed);
        this.#inserts.add([placed]).catch(() => undefined); // a lost ticket: its task gets another one
      },
      Math.min(delayMs, 2 ** 31 - 1),
    );
    this.#resting.set(placed, timer.unref());
  }

  async #putBackResting(): Promise<void> {
    const resting = [...this.#resting.keys()];
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    if (resting.length > 0) await this.#inserts.add(resting);
  }

  async #insertAll(groups: readonly (readonly Entry[])[]): Promise<readonly undefined[]> {
    await this.#file.write(() => this.#tickets.insert(groups.flat()));
    this.#bell.ring();
    return groups.map(() => undefined);
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the broker is closed');
  }
}
