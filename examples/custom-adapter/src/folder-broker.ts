import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Delivery,
  type Demand,
  lend,
  type QueueName,
  queueNames,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import type { FolderBrokerOptions } from './options.ts';
import { parseTicket, ticketFileName } from './ticket-file.ts';
import { translateError } from './translate-error.ts';

/** One folder per queue, one file per ticket. Whoever renames a file away has it. */
export class FolderBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities = {
    durability: 'process', // files are not synced to the disk
    shared: true,
    ordered: false, // two processes may name two tickets of one millisecond in either order
    rank: true,
    redelivery: false, // a ticket that was taken is in memory only; the Dispatcher issues it again
  };
  readonly #options: FolderBrokerOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  private constructor(options: FolderBrokerOptions) {
    this.#options = options;
  }

  static async open(options: FolderBrokerOptions): Promise<FolderBroker> {
    const broker = new FolderBroker(options);
    const folders = [...queueNames.map((queue) => broker.#folderOf(queue)), broker.#scratch];
    await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true }))).catch((error: unknown) => {
      throw translateError(error);
    });
    return broker;
  }

  enqueue(tickets: readonly Ticket[]): Promise<void> {
    return this.#call(async () => {
      for (const ticket of tickets) checkTicket(ticket);
      for (const ticket of tickets) await this.#put(ticket);
    });
  }

  acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    return this.#call(async () => {
      checkDemand(demand);
      const end = performance.now() + demand.waitMs;
      for (;;) {
        const taken = await this.#takeAll(demand);
        const isOver = demand.signal?.aborted === true || this.#closing.signal.aborted;
        if (taken.length > 0 || isOver || performance.now() >= end)
          return taken.map((one) => this.#lend(one));
        await this.#wait(Math.min(this.#options.pollMs, end - performance.now()), demand.signal);
      }
    });
  }

  depth(): Promise<ReadonlyMap<QueueName, number>> {
    return this.#call(async () => {
      const depths = queueNames.map(async (queue) => [queue, (await this.#list(queue)).length] as const);
      return new Map(await Promise.all(depths));
    });
  }

  clear(queues: readonly QueueName[]): Promise<void> {
    return this.#call(async () => {
      for (const queue of queues) checkQueue(queue);
      for (const queue of queues)
        for (const file of await this.#list(queue))
          await rm(join(this.#folderOf(queue), file), { force: true });
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running); // their callers hear of their errors
  }

  /** Every port method ends here: refused once closed, waited for by `close`, its errors translated. */
  async #call<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new ClosedError('the broker is closed');
    const running = action();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw translateError(error);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Written elsewhere and moved in, so that nobody reads half a ticket. */
  async #put(ticket: Ticket): Promise<void> {
    const unfinished = join(this.#scratch, randomUUID());
    await writeFile(unfinished, JSON.stringify(ticket));
    await rename(unfinished, join(this.#folderOf(ticket.queue), ticketFileName(ticket)));
  }

  async #takeAll({ wanted }: Demand): Promise<readonly Ticket[]> {
    const taken: Ticket[] = [];
    for (const { queue, max } of wanted) {
      let left = max;
      for (const file of await this.#list(queue)) {
        if (left === 0) break;
        const ticket = await this.#take(join(this.#folderOf(queue), file));
        if (ticket === undefined) continue;
        taken.push(ticket);
        left -= 1;
      }
    }
    return taken;
  }

  /** Of all who rename one file exactly one succeeds: that is the whole concurrency control. */
  async #take(file: string): Promise<Ticket | undefined> {
    const mine = join(this.#scratch, randomUUID());
    try {
      await rename(file, mine);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const ticket = parseTicket(await readFile(mine, 'utf8'));
    await rm(mine);
    return ticket;
  }

  #lend(ticket: Ticket): Delivery<Ticket> {
    return lend(ticket, async (settlement) => {
      if (settlement.end === 'rollback' && settlement.next.to === 'retry') await this.enqueue([ticket]);
    });
  }

  async #list(queue: QueueName): Promise<readonly string[]> {
    return (await readdir(this.#folderOf(queue))).sort();
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    await pause(Math.max(0, ms), undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined); // woken early
  }

  #folderOf(queue: QueueName): string {
    return join(this.#options.folder, queue);
  }

  get #scratch(): string {
    return join(this.#options.folder, 'scratch');
  }
}
