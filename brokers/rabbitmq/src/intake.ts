import {
  ConnectionError,
  isWaybillError,
  type QueueName,
  type Settlement,
  type Ticket,
  type WaybillError,
} from '@waybill/core';
import type { Arrival, Consumer, OnLoan, QueueDeclaration, RabbitConnection } from '@waybill/rabbitmq';
import { Line, type OpenLine } from './line.ts';
import { fromTicketText } from './ticket-text.ts';

export interface IntakeParts {
  readonly connection: RabbitConnection;
  readonly requestMs: number;
  /** Something arrived, or more is known about what did not. */
  changed(): void;
  /** It can get no tickets just now. While somebody wants some it tries on. */
  failed(error: WaybillError): void;
}

/** A ticket that is here, lent or not. */
export interface Held {
  readonly ticket: Ticket;
  readonly tag: number;
  readonly consumer: Consumer;
  readonly loans: OnLoan;
  readonly intake: Intake;
}

type Step = (open: OpenLine) => Promise<void>;

/** Between two calls of a busy loop nobody wants anything; after this long somebody else should have it. */
const lingerMs = 20;
/** More would not be faster, and a quorum queue has at most 2,000 on the way to one consumer. */
const mostWanted = 1_000;
const mostPrefetch = 2_000;
const retryMs = 100;
const mostEnded = 8;
/** What was given back is counted again after this long. */
const lagMs = 30;
/** For a queue that has something and has not pushed it yet. */
const lookAgainMs = 2;

/**
 * What one queue of the server gives us. The server pushes, and as many tickets as there is demand for: then an arrival
 * costs no round trip, and nothing is kept here that somebody else could work on. When nobody wants any more, what
 * nobody took goes back.
 */
export class Intake {
  readonly queue: QueueName;
  readonly #name: string;
  readonly #parts: IntakeParts;
  readonly #line: Line;
  #held: Held[] = [];
  #consumer: Consumer | undefined;
  #consumers = 0;
  #demand = 0;
  #latestDemand = 0;
  #wantedAt = 0;
  #gaveBackAt = Number.NEGATIVE_INFINITY;
  #isExamining = false;
  /** How often in a row the queue said that it has nothing. */
  #empties = 0;
  #lingering: NodeJS.Timeout | undefined;
  #isWorking = false;
  #isClosed = false;

  constructor(queue: QueueName, declaration: QueueDeclaration, parts: IntakeParts) {
    this.queue = queue;
    this.#name = declaration.name;
    this.#parts = parts;
    this.#line = new Line(declaration, parts, {
      arrived: (arrival, consumer, loans) => this.#arrived(arrival, consumer, loans),
      cancelled: (consumer) => this.#cancelled(consumer),
      over: () => this.#over(),
    });
  }

  /**
   * Whether the queue has nothing for us for sure: it said so after it knew of our demand, and whatever it gets from now
   * on it pushes. Asked twice, since an answer can overtake what was pushed before it, but not what it overtook.
   */
  get isDry(): boolean {
    return this.#consumer !== undefined && this.#empties >= 2 && this.#held.length === 0;
  }

  /** How many tickets all who wait together could take. */
  want(demand: number): void {
    this.#demand = demand;
    this.#wantedAt = performance.now();
    if (demand > 0) {
      this.#latestDemand = demand;
      this.#work();
    } else {
      this.#isExamining = false;
      if (this.#consumer !== undefined || this.#held.length > 0) this.#linger(lingerMs);
    }
  }

  /** Somebody must know whether it is dry. */
  examine(): void {
    this.#isExamining = true;
    this.#work();
  }

  /** Lends what is here, in the order of arrival. */
  take(max: number): readonly Held[] {
    if (this.#held.length === 0) return [];
    const taken = this.#held.splice(0, max);
    for (const { consumer } of taken) consumer.lent++;
    return taken;
  }

  settle({ tag, loans }: Held, settlement: Settlement): Promise<void> {
    return loans.settle(tag, settlement);
  }

  /** How many tickets wait: there, and here unless they are lent. */
  count(): Promise<number> {
    return this.#line.exclusively(async (open) => {
      if (this.#demand === 0) await this.#catchUp(open);
      return (await open.channel.waiting(this.#name, open.deadline)) + this.#held.length;
    });
  }

  /** Drops all that wait. */
  async clear(): Promise<void> {
    await this.#line.exclusively(async (open) => {
      await this.#stopListening(open);
      const here = this.take(this.#held.length);
      await Promise.all(here.map((held) => this.settle(held, { end: 'commit' })));
      await open.channel.purge(this.#name, open.deadline);
    });
    this.#work();
  }

  /** What was settled is told to the server; everything else goes back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#lingering);
    this.#giveBackHeld();
    await this.#line.close();
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
      try {
        await this.#line.exclusively(step);
      } catch (error) {
        if (this.#isClosed) break;
        this.#parts.failed(
          isWaybillError(error) ? error : new ConnectionError('unexpected', { cause: error }),
        );
        await pause(retryMs);
      }
    }
    this.#isWorking = false; // in the same turn as the last look for a step, so that no call falls in between
  }

  #nextStep(): Step | undefined {
    if (this.#isClosed) return undefined;
    if (this.#demand === 0) {
      const isOver = performance.now() - this.#wantedAt >= lingerMs;
      const isBusy = this.#consumer !== undefined || this.#held.length > 0;
      if (isOver && isBusy) return (open) => this.#putDown(open);
    }
    if (this.#needsMore()) return (open) => this.#listen(open);
    if (this.#isExamining && this.#empties < 2 && this.#held.length === 0) return (open) => this.#look(open);
    return undefined;
  }

  #needsMore(): boolean {
    if (this.#consumer === undefined) return this.#demand > 0;
    const { prefetch, lent } = this.#consumer;
    return prefetch - lent < Math.min(this.#latestDemand, mostWanted);
  }

  /** Begins to listen, or goes on with a larger prefetch, which AMQP cannot change for a consumer that there is. */
  async #listen(open: OpenLine): Promise<void> {
    const { channel, consumers, deadline } = open;
    const lent = this.#consumer?.lent ?? 0;
    await this.#stopListening(open);
    const prefetch = Math.min(mostPrefetch, lent + Math.min(this.#latestDemand, mostWanted));
    const consumer: Consumer = { name: `${++this.#consumers}`, prefetch, unsettled: 0, lent: 0 };
    forget(consumers);
    consumers.set(consumer.name, consumer);
    this.#empties = 0;
    await channel.consume({ name: consumer.name, queue: this.#name, prefetch }, deadline);
    if (channel.isOver) throw new ConnectionError('the connection to RabbitMQ was lost');
    this.#consumer = consumer;
    if (this.#demand === 0) this.#linger(lingerMs);
    this.#parts.changed();
  }

  async #look({ channel, deadline }: OpenLine): Promise<void> {
    if (this.#consumer === undefined) return;
    if ((await channel.waiting(this.#name, deadline)) > 0) {
      this.#empties = 0;
      if (this.#held.length === 0) await pause(lookAgainMs);
      return;
    }
    this.#empties++;
    if (this.isDry) this.#parts.changed();
  }

  /**
   * What was settled a moment ago may be on its way to the queue still, and what is pushed for it on the way back. A queue
   * begins a consumer only after all that came before, and what it pushed then is here before the second answer.
   */
  async #catchUp(open: OpenLine): Promise<void> {
    if (this.#consumer !== undefined) {
      await this.#listen(open);
      await open.channel.waiting(this.#name, open.deadline);
    } else {
      const leftMs = this.#gaveBackAt + lagMs - performance.now();
      if (leftMs > 0) await pause(leftMs);
    }
  }

  async #putDown(open: OpenLine): Promise<void> {
    await this.#stopListening(open);
    if (this.#demand === 0) this.#giveBackHeld();
  }

  async #stopListening({ channel, deadline }: OpenLine): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    await channel.cancel(consumer.name, deadline);
    if (this.#consumer === consumer) this.#consumer = undefined;
  }

  #giveBackHeld(): void {
    this.#gaveBackAt = performance.now();
    for (const held of this.take(this.#held.length))
      this.settle(held, { end: 'rollback', next: { to: 'retry' } }).catch(() => undefined); // back it is, either way
  }

  #arrived({ tag, content }: Arrival, consumer: Consumer, loans: OnLoan): void {
    loans.add(tag, consumer);
    // Full: of what comes afterwards it cannot tell us.
    if (consumer.unsettled >= consumer.prefetch) this.#empties = 0;
    const ticket = fromTicketText(content.toString(), this.queue);
    if (ticket === undefined) {
      consumer.lent++;
      loans.settle(tag, { end: 'commit' }).catch(() => undefined); // it comes again, and is dropped then
      return;
    }
    this.#held.push({ ticket, tag, consumer, loans, intake: this });
    if (this.#demand === 0) this.#linger(lingerMs);
    this.#parts.changed();
  }

  #cancelled(name: string): void {
    this.#empties = 0;
    if (this.#consumer?.name === name) this.#consumer = undefined;
    this.#work();
  }

  #over(): void {
    this.#consumer = undefined;
    this.#held = [];
    this.#empties = 0;
    this.#work();
  }

  /** One timer, however often nobody wants anything for a moment. */
  #linger(ms: number): void {
    this.#lingering ??= setTimeout(() => {
      this.#lingering = undefined;
      if (this.#demand > 0 || this.#isClosed) return;
      const leftMs = this.#wantedAt + lingerMs - performance.now();
      if (leftMs > 0) this.#linger(leftMs);
      else this.#work();
    }, ms);
  }
}

/** Of those that have ended; something may still be on its way to the latest of them. */
const forget = (consumers: Map<string, Consumer>): void => {
  for (const [name, { unsettled }] of consumers)
    if (consumers.size > mostEnded && unsettled === 0) consumers.delete(name);
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
