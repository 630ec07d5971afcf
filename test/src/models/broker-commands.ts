import assert from 'node:assert/strict';
import {
  type Delivery,
  type Demand,
  isWaybillError,
  type QueueName,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import type { AsyncCommand } from 'fast-check';
import { within } from '../conformance/time.ts';
import type { BrokerOracle, Entry } from './broker-oracle.ts';
import type { ClientNumber, Clients } from './clients.ts';
import type { Settling } from './settlement.ts';

/** What should be. Loans are both: the oracle's entry and the broker's delivery. */
export interface BrokerModel {
  readonly oracle: BrokerOracle;
  loans: readonly Loan[];
  settled: readonly (Loan & { readonly how: Settling })[];
  /** How many tickets were made, each for another task. */
  made: number;
}

interface Loan {
  readonly by: ClientNumber;
  readonly entry: Entry;
  readonly delivery: Delivery<Ticket>;
}

export type Wanted = Demand['wanted'];
/** A ticket before it has a task. */
export type Urgency = Pick<Ticket, 'queue' | 'rank'>;

type BrokerClients = Clients<TaskBroker>;
export type BrokerCommand = AsyncCommand<BrokerModel, BrokerClients>;

const patienceMs = 5_000;

export abstract class Command implements BrokerCommand {
  readonly by: ClientNumber;

  constructor(by: ClientNumber) {
    this.by = by;
  }

  check(_: BrokerModel): boolean {
    return true;
  }

  abstract run(model: BrokerModel, clients: BrokerClients): Promise<void>;

  abstract toString(): string;
}

const make = (model: BrokerModel, urgencies: readonly Urgency[]): Ticket[] =>
  urgencies.map(({ queue, rank }) => ({
    tenant: 'acme',
    taskId: `t${++model.made}`,
    queue,
    rank,
    epoch: model.made % 3,
  }));

const lent = (
  model: BrokerModel,
  by: ClientNumber,
  wanted: Wanted,
  deliveries: readonly Delivery<Ticket>[],
): void => {
  const entries = model.oracle.take(
    deliveries.map(({ item }) => item),
    wanted,
  );
  const loans = deliveries.flatMap((delivery, n) => {
    const entry = entries[n];
    return entry === undefined ? [] : [{ by, entry, delivery }];
  });
  model.loans = [...model.loans, ...loans];
};

const isAnyWaiting = ({ oracle }: BrokerModel, wanted: Wanted): boolean =>
  wanted.some(({ queue }) => oracle.mayGive(queue));

export class Enqueue extends Command {
  readonly #urgencies: readonly Urgency[];

  constructor(by: ClientNumber, urgencies: readonly Urgency[]) {
    super(by);
    this.#urgencies = urgencies;
  }

  async run(model: BrokerModel, clients: BrokerClients): Promise<void> {
    const tickets = make(model, this.#urgencies);
    await clients.client(this.by).enqueue(tickets);
    model.oracle.enqueue(tickets);
  }

  toString(): string {
    return `client${this.by}.enqueue(${this.#urgencies.map(({ queue, rank }) => `${queue} ${rank}`).join(', ')})`;
  }
}

const written = (wanted: Wanted): string => wanted.map(({ queue, max }) => `${max} ${queue}`).join(', ');

export class Acquire extends Command {
  readonly #wanted: Wanted;

  constructor(by: ClientNumber, wanted: Wanted) {
    super(by);
    this.#wanted = wanted;
  }

  async run(model: BrokerModel, clients: BrokerClients): Promise<void> {
    lent(
      model,
      this.by,
      this.#wanted,
      await clients.client(this.by).acquire({ wanted: this.#wanted, waitMs: 0 }),
    );
  }

  toString(): string {
    return `client${this.by}.acquire(${written(this.#wanted)})`;
  }
}

/** Waits where there is nothing, until somebody gives a reason to stop. */
export class Wait extends Command {
  readonly #wanted: Wanted;
  readonly #until: 'enqueue' | 'abort' | 'close';

  constructor(by: ClientNumber, wanted: Wanted, until: 'enqueue' | 'abort' | 'close') {
    super(by);
    this.#wanted = wanted;
    this.#until = until;
  }

  override check(model: BrokerModel): boolean {
    return !isAnyWaiting(model, this.#wanted);
  }

  async run(model: BrokerModel, clients: BrokerClients): Promise<void> {
    const stop = new AbortController();
    const demand = { wanted: this.#wanted, waitMs: patienceMs * 2, signal: stop.signal };
    const answer = clients.client(this.by).acquire(demand).catch(nothingIfClosed);
    await this.#end(model, clients, stop);
    const deliveries = await within(patienceMs, `the wait to end after ${this.#until}`, answer);
    if (this.#until === 'enqueue') lent(model, this.by, this.#wanted, deliveries);
    else assert.deepEqual(deliveries, [], 'tickets out of nowhere');
  }

  async #end(model: BrokerModel, clients: BrokerClients, stop: AbortController): Promise<void> {
    if (this.#until === 'abort') return stop.abort();
    if (this.#until === 'close') return reopen(model, clients, this.by);
    const queue = this.#wanted.at(-1)?.queue ?? 'normal';
    const tickets = make(model, [{ queue, rank: 5 }]);
    model.oracle.enqueue(tickets);
    await clients.client(this.by === 0 ? 1 : 0).enqueue(tickets);
  }

  toString(): string {
    return `client${this.by}.acquire(${written(this.#wanted)}) waits until ${this.#until}`;
  }
}

const nothingIfClosed = (error: unknown): readonly Delivery<Ticket>[] => {
  if (isWaybillError(error) && error.code === 'WB_CLOSED') return [];
  throw error;
};

export class Depth extends Command {
  async run({ oracle }: BrokerModel, clients: BrokerClients): Promise<void> {
    oracle.checkDepth(await clients.client(this.by).depth());
  }

  toString(): string {
    return `client${this.by}.depth()`;
  }
}

export class Clear extends Command {
  readonly #queues: readonly QueueName[];

  constructor(by: ClientNumber, queues: readonly QueueName[]) {
    super(by);
    this.#queues = queues;
  }

  async run({ oracle }: BrokerModel, clients: BrokerClients): Promise<void> {
    await clients.client(this.by).clear(this.#queues);
    oracle.clear(this.#queues);
  }

  toString(): string {
    return `client${this.by}.clear(${this.#queues.join(', ')})`;
  }
}

export class Reopen extends Command {
  run(model: BrokerModel, clients: BrokerClients): Promise<void> {
    return reopen(model, clients, this.by);
  }

  toString(): string {
    return `client${this.by}.close() and open again`;
  }
}

const reopen = async (model: BrokerModel, clients: BrokerClients, by: ClientNumber): Promise<void> => {
  await clients.reopen(by);
  for (const loan of model.loans) if (loan.by === by) model.oracle.inherit(loan.entry);
  model.loans = model.loans.filter((loan) => loan.by !== by);
};

/** Takes out all there is, so that nothing lost or doubled stays unnoticed. Not generated: it is always the last. */
export const drain = async (model: BrokerModel, clients: BrokerClients): Promise<void> => {
  const wanted = (['critical', 'normal', 'batch'] as const).map((queue) => ({ queue, max: 1000 }));
  let before: number;
  do {
    before = model.loans.length;
    await new Acquire(0, wanted).run(model, clients);
  } while (model.loans.length > before);
};
