import { ConnectionError, isWaybillError, pause, type QueueName, type WaybillError } from '@waybill/core';
import type { Arrival, Consumer, OnLoan, QueueDeclaration, RabbitConnection } from '@waybill/rabbitmq';
import { Line, type OpenLine } from './line.ts';
import { Listening } from './listening.ts';
import { type Held, Stock } from './stock.ts';
import { fromTicketText } from './ticket-text.ts';

export interface IntakeParts {
  readonly connection: RabbitConnection;
  readonly requestMs: number;
  /** Something arrived, or more is known about what did not. */
  changed(): void;
  /** It can get no tickets just now. While somebody wants some it tries on. */
  failed(error: WaybillError): void;
}

type Step = (open: OpenLine) => Promise<void>;

/** Between two calls of a busy loop nobody wants anything; after this long somebody else should have it. */
const lingerMs = 20;
const retryMs = 100;
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
  readonly #listening: Listening;
  readonly #stock = new Stock();
  #demand = 0;
  #latestDemand = 0;
  #wantedAt = 0;
  #isExamining = false;
  #lingering: NodeJS.Timeout | undefined;
  #isWorking = false;
  #isClosed = false;

  constructor(queue: QueueName, declaration: QueueDeclaration, parts: IntakeParts) {
    this.queue = queue;
    this.#name = declaration.name;
    this.#parts = parts;
    this.#listening = new Listening(declaration.name);
    this.#line = new Line(declaration, parts, {
      arrived: (arrival, consumer, loans) => this.#arrived(arrival, consumer, loans),
      cancelled: (consumer) => this.#cancelled(consumer),
      over: () => this.#over(),
    });
  }

  /** Whether the queue has nothing for us for sure. */
  get isDry(): boolean {
    return this.#listening.hasAll && this.#stock.size === 0;
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
      if (this.#isBusy) this.#linger(lingerMs);
    }
  }

  /** Somebody must know whether it is dry. */
  examine(): void {
    this.#isExamining = true;
    this.#work();
  }

  /** Lends what is here, in the order of arrival. */
  take(max: number): readonly Held[] {
    return this.#stock.take(max);
  }

  /** How many tickets wait: there, and here unless they are lent. */
  count(): Promise<number> {
    return this.#line.exclusively(async (open) => {
      if (this.#demand === 0) await this.#catchUp(open);
      return (await open.channel.waiting(this.#name, open.deadline)) + this.#stock.size;
    });
  }

  /** Drops all that wait. */
  async clear(): Promise<void> {
    await this.#line.exclusively(async (open) => {
      await this.#listening.end(open);
      const here = this.#stock.take();
      await Promise.all(here.map(({ tag, loans }) => loans.settle(tag, { end: 'commit' })));
      await open.channel.purge(this.#name, open.deadline);
    });
    this.#work();
  }

  /** What was settled is told to the server; everything else goes back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#lingering);
    this.#stock.giveBack();
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
      if (isOver && this.#isBusy) return (open) => this.#putDown(open);
    }
    if (this.#needsMore()) return (open) => this.#listen(open);
    if (this.#isExamining && !this.#listening.hasAll && this.#stock.size === 0)
      return (open) => this.#look(open);
    return undefined;
  }

  get #isBusy(): boolean {
    return this.#listening.isOn || this.#stock.size > 0;
  }

  #needsMore(): boolean {
    if (!this.#listening.isOn && this.#demand === 0) return false;
    return this.#listening.isTooSmallFor(this.#latestDemand);
  }

  async #listen(open: OpenLine): Promise<void> {
    await this.#listening.begin(open, this.#latestDemand);
    if (this.#demand === 0) this.#linger(lingerMs);
    this.#parts.changed();
  }

  async #look(open: OpenLine): Promise<void> {
    if (!this.#listening.isOn) return;
    if (await this.#listening.look(open)) {
      if (this.#stock.size === 0) await pause(lookAgainMs);
    } else if (this.isDry) this.#parts.changed();
  }

  /**
   * What was settled a moment ago may be on its way to the queue still, and what is pushed for it on the way back. A queue
   * begins a consumer only after all that came before, and what it pushed then is here before the second answer.
   */
  async #catchUp(open: OpenLine): Promise<void> {
    if (this.#listening.isOn) {
      await this.#listen(open);
      await open.channel.waiting(this.#name, open.deadline);
    } else {
      await pause(this.#stock.lagMs);
    }
  }

  async #putDown(open: OpenLine): Promise<void> {
    await this.#listening.end(open);
    if (this.#demand === 0) this.#stock.giveBack();
  }

  #arrived({ tag, content }: Arrival, consumer: Consumer, loans: OnLoan): void {
    loans.add(tag, consumer);
    this.#listening.arrived(consumer);
    const ticket = fromTicketText(content.toString(), this.queue);
    if (ticket === undefined) {
      consumer.lent++;
      loans.settle(tag, { end: 'commit' }).catch(() => undefined); // it comes again, and is dropped then
      return;
    }
    this.#stock.add({ ticket, tag, consumer, loans });
    if (this.#demand === 0) this.#linger(lingerMs);
    this.#parts.changed();
  }

  #cancelled(name: string): void {
    this.#listening.ended(name);
    this.#work();
  }

  #over(): void {
    this.#listening.ended();
    this.#stock.empty();
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
