import {
  ConnectionError,
  isWaybillError,
  type QueueName,
  type Settlement,
  type Ticket,
  type WaybillError,
} from '@waybill/core';
import {
  type Arrival,
  type Consumer,
  OnLoan,
  type QueueDeclaration,
  RabbitChannel,
  type RabbitConnection,
  type Session,
} from '@waybill/rabbitmq';
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

/** A channel of its own: what happens to it happens to one queue. */
interface Line {
  readonly channel: RabbitChannel;
  readonly loans: OnLoan;
  readonly consumers: Map<string, Consumer>;
}

/** Between two calls of a busy loop nobody wants anything; after this long somebody else should have it. */
const lingerMs = 20;
/** More would not be faster, and a quorum queue has at most 2,000 on the way to one consumer. */
const mostWanted = 1_000;
const mostPrefetch = 2_000;
const retryMs = 100;
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
  readonly #declaration: QueueDeclaration;
  readonly #parts: IntakeParts;
  #held: Held[] = [];
  #line: Line | undefined;
  #consumer: Consumer | undefined;
  #consumers = 0;
  #isDeclared = false;
  #demand = 0;
  #latestDemand = 0;
  #wantedAt = 0;
  #gaveBackAt = Number.NEGATIVE_INFINITY;
  #isExamining = false;
  /** How often in a row the queue said that it has nothing. */
  #empties = 0;
  #lingering: NodeJS.Timeout | undefined;
  #isWorking = false;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(queue: QueueName, declaration: QueueDeclaration, parts: IntakeParts) {
    this.queue = queue;
    this.#declaration = declaration;
    this.#parts = parts;
  }

  /** Whether the server would push to us. */
  get isListening(): boolean {
    return this.#consumer !== undefined;
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
    return this.#exclusively(async (deadline) => {
      const { channel } = await this.#open(deadline);
      if (this.#demand === 0) await this.#catchUp(channel, deadline);
      return (await channel.waiting(this.#declaration.name, deadline)) + this.#held.length;
    });
  }

  /** Drops all that wait. */
  async clear(): Promise<void> {
    await this.#exclusively(async (deadline) => {
      const { channel } = await this.#open(deadline);
      await this.#stopListening(channel, deadline);
      const here = this.take(this.#held.length);
      await Promise.all(here.map((held) => this.settle(held, { end: 'commit' })));
      await channel.purge(this.#declaration.name, deadline);
    });
    this.#work();
  }

  /** What was settled is told to the server; everything else goes back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#lingering);
    await this.#turn;
    const line = this.#line;
    if (line === undefined || line.channel.isOver) return;
    this.#giveBackHeld();
    await line.loans.flush();
    await line.channel.close(performance.now() + this.#parts.requestMs);
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
      try {
        await this.#exclusively(step);
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

  #nextStep(): ((deadline: number) => Promise<void>) | undefined {
    if (this.#isClosed) return undefined;
    if (this.#demand === 0) {
      const isOver = performance.now() - this.#wantedAt >= lingerMs;
      const isBusy = this.#consumer !== undefined || this.#held.length > 0;
      if (isOver && isBusy) return (deadline) => this.#putDown(deadline);
    }
    if (this.#needsMore()) return (deadline) => this.#listen(deadline);
    if (this.#isExamining && this.#empties < 2 && this.#held.length === 0)
      return (deadline) => this.#look(deadline);
    return undefined;
  }

  #needsMore(): boolean {
    if (this.#consumer === undefined) return this.#demand > 0;
    const { prefetch, lent } = this.#consumer;
    return prefetch - lent < Math.min(this.#latestDemand, mostWanted);
  }

  /** Begins to listen, or goes on with a larger prefetch, which AMQP cannot change for a consumer that there is. */
  async #listen(deadline: number): Promise<void> {
    const { channel, consumers } = await this.#open(deadline);
    const lent = this.#consumer?.lent ?? 0;
    await this.#stopListening(channel, deadline);
    const prefetch = Math.min(mostPrefetch, lent + Math.min(this.#latestDemand, mostWanted));
    const consumer: Consumer = { name: `${++this.#consumers}`, prefetch, unsettled: 0, lent: 0 };
    consumers.set(consumer.name, consumer);
    this.#empties = 0;
    await channel.consume({ name: consumer.name, queue: this.#declaration.name, prefetch }, deadline);
    if (channel.isOver) throw new ConnectionError('the connection to RabbitMQ was lost');
    this.#consumer = consumer;
    if (this.#demand === 0) this.#linger(lingerMs);
    this.#parts.changed();
  }

  async #look(deadline: number): Promise<void> {
    const { channel } = await this.#open(deadline);
    if (this.#consumer === undefined) return;
    const waiting = await channel.waiting(this.#declaration.name, deadline);
    if (waiting > 0) {
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
  async #catchUp(channel: RabbitChannel, deadline: number): Promise<void> {
    if (this.#consumer !== undefined) {
      await this.#listen(deadline);
      await channel.waiting(this.#declaration.name, deadline);
    } else {
      const leftMs = this.#gaveBackAt + lagMs - performance.now();
      if (leftMs > 0) await pause(leftMs);
    }
  }

  async #putDown(deadline: number): Promise<void> {
    const { channel } = await this.#open(deadline);
    await this.#stopListening(channel, deadline);
    if (this.#demand === 0) this.#giveBackHeld();
  }

  async #stopListening(channel: RabbitChannel, deadline: number): Promise<void> {
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

  async #open(deadline: number): Promise<Line> {
    let line = this.#line;
    if (line === undefined) {
      const session = await this.#parts.connection.session(deadline);
      line = await this.#openLine(deadline, session);
    }
    if (!this.#isDeclared) await line.channel.declareQueue(this.#declaration, deadline);
    this.#isDeclared = true;
    return line;
  }

  async #openLine(deadline: number, session: Session): Promise<Line> {
    const consumers = new Map<string, Consumer>();
    let line: Line | undefined;
    const channel = await RabbitChannel.open(session, deadline, {
      arrived: (arrival) => line !== undefined && this.#arrived(line, arrival),
      cancelled: (name) => this.#cancelled(name),
      over: () => this.#over(line),
    });
    line = { channel, loans: new OnLoan(channel), consumers };
    if (channel.isOver) throw new ConnectionError('the connection to RabbitMQ was lost');
    this.#isDeclared = false;
    this.#line = line;
    return line;
  }

  #arrived({ loans, consumers }: Line, { tag, content, consumer: name }: Arrival): void {
    const consumer = consumers.get(name);
    if (consumer === undefined) return;
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

  /** The queue was deleted. */
  #cancelled(name: string): void {
    this.#isDeclared = false;
    this.#empties = 0;
    if (this.#consumer?.name === name) this.#consumer = undefined;
    this.#work();
  }

  #over(line: Line | undefined): void {
    if (line === undefined || this.#line !== line) return;
    this.#line = undefined;
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

  /** What asks the server goes one after the other. */
  #exclusively<T>(step: (deadline: number) => Promise<T>): Promise<T> {
    const run = (): Promise<T> => step(performance.now() + this.#parts.requestMs);
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined); // who asked hears of it
    return done;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
