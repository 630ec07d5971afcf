import { type QueueName, queueNames, type Ticket } from '@waybill/core';
import { type Row, RowInserter, type SqliteFile, type Statement } from '@waybill/sqlite';
import { placeOf, rankOf } from './place.ts';

/** A ticket that has a place, or that had one and goes back to it. */
export interface Placed {
  readonly ticket: Ticket;
  readonly place: number;
}

/** Without a place it goes to the end of its queue and rank. */
export type Entry = Placed | { readonly ticket: Ticket; readonly place?: undefined };

/** The waiting tickets. A ticket on loan is not among them. */
export class TicketTable {
  readonly #rows: RowInserter;
  readonly #count: Statement;
  readonly #first: Statement;
  readonly #remove: Statement;
  readonly #anyWaiting: Statement;
  readonly #depth: Statement;
  readonly #clear: Statement;

  constructor(file: SqliteFile) {
    const columns = ['queue', 'place', 'tenant', 'task', 'epoch'];
    this.#rows = new RowInserter(file, { table: 'waybill_ticket', columns });
    this.#count = file.prepare('UPDATE waybill_ticket_count SET enqueued = enqueued + ? RETURNING enqueued');
    this.#first = file.prepare(
      'SELECT place, tenant, task, epoch FROM waybill_ticket WHERE queue = ? ORDER BY place LIMIT ?',
    );
    this.#remove = file.prepare('DELETE FROM waybill_ticket WHERE queue = ? AND place <= ?');
    this.#anyWaiting = file.prepare('SELECT 1 FROM waybill_ticket WHERE queue = ? LIMIT 1');
    this.#depth = file.prepare('SELECT queue, count(*) FROM waybill_ticket GROUP BY queue');
    this.#clear = file.prepare('DELETE FROM waybill_ticket WHERE queue = ?');
  }

  /** Inside a write. */
  insert(entries: readonly Entry[]): void {
    let fresh = 0;
    for (const { place } of entries) if (place === undefined) fresh++;
    let sequence = fresh > 0 ? Number(this.#count.get(fresh)?.[0]) - fresh : 0;
    this.#rows.insert(
      entries.map(({ ticket, place = placeOf(ticket.rank, sequence++) }) => {
        const { queue, tenant, taskId, epoch } = ticket;
        return [queueNames.indexOf(queue), place, tenant, taskId, epoch];
      }),
    );
  }

  /** Removes and answers the first ones. Inside a write. */
  take(queue: QueueName, max: number): Placed[] {
    const number = queueNames.indexOf(queue);
    const rows = this.#first.all(number, max);
    const last = rows.at(-1);
    if (last !== undefined) this.#remove.run(number, last[0] ?? 0);
    return rows.map((row) => toPlaced(queue, row));
  }

  hasAny(queue: QueueName): boolean {
    return this.#anyWaiting.get(queueNames.indexOf(queue)) !== undefined;
  }

  depth(): Map<QueueName, number> {
    const rows = new Map(this.#depth.all().map(([queue, count]) => [queue, Number(count)]));
    return new Map(queueNames.map((name, number) => [name, rows.get(number) ?? 0]));
  }

  clear(queue: QueueName): void {
    this.#clear.run(queueNames.indexOf(queue));
  }
}

const toPlaced = (queue: QueueName, [place, tenant, task, epoch]: Row): Placed => ({
  place: Number(place),
  ticket: {
    tenant: String(tenant),
    taskId: String(task),
    queue,
    rank: rankOf(Number(place)),
    epoch: Number(epoch),
  },
});
