import { ConnectionError } from '@waybill/core';
import {
  type Arrival,
  type Consumer,
  OnLoan,
  type QueueDeclaration,
  RabbitChannel,
  type RabbitConnection,
} from '@waybill/rabbitmq';

/** The open channel, and how long the step that has it may take. */
export interface OpenLine {
  readonly channel: RabbitChannel;
  readonly loans: OnLoan;
  /** By their names: what arrives is counted for one of them. */
  readonly consumers: Map<string, Consumer>;
  readonly deadline: number;
}

export interface LineHandlers {
  arrived(arrival: Arrival, consumer: Consumer, loans: OnLoan): void;
  /** The queue was deleted. */
  cancelled(consumer: string): void;
  /** The channel is gone, and everything unsettled went back. */
  over(): void;
}

/**
 * The channel of one queue: what happens to it happens to no other. It is opened when it is needed, and again after each
 * loss; whatever asks the server on it goes one after the other.
 */
export class Line {
  readonly #declaration: QueueDeclaration;
  readonly #connection: RabbitConnection;
  readonly #requestMs: number;
  readonly #handlers: LineHandlers;
  #open: Omit<OpenLine, 'deadline'> | undefined;
  #isDeclared = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    declaration: QueueDeclaration,
    parts: { readonly connection: RabbitConnection; readonly requestMs: number },
    handlers: LineHandlers,
  ) {
    this.#declaration = declaration;
    this.#connection = parts.connection;
    this.#requestMs = parts.requestMs;
    this.#handlers = handlers;
  }

  /** Runs the step when all before it are over, on a channel whose queue exists. */
  exclusively<T>(step: (open: OpenLine) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      const deadline = performance.now() + this.#requestMs;
      return step({ ...(await this.#opened(deadline)), deadline });
    };
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined); // who asked hears of it
    return done;
  }

  /** Waits for the step that runs; then what was settled is told, and everything else goes back. */
  async close(): Promise<void> {
    await this.#turn;
    const open = this.#open;
    if (open === undefined) return;
    await open.loans.flush();
    await open.channel.close(performance.now() + this.#requestMs);
  }

  async #opened(deadline: number): Promise<Omit<OpenLine, 'deadline'>> {
    const open = this.#open ?? (await this.#reopen(deadline));
    if (!this.#isDeclared) await open.channel.declareQueue(this.#declaration, deadline);
    this.#isDeclared = true;
    return open;
  }

  async #reopen(deadline: number): Promise<Omit<OpenLine, 'deadline'>> {
    const session = await this.#connection.session(deadline);
    const consumers = new Map<string, Consumer>();
    let own: Omit<OpenLine, 'deadline'> | undefined;
    const channel = await RabbitChannel.open(session, deadline, {
      arrived: (arrival) => {
        const consumer = consumers.get(arrival.consumer);
        if (own !== undefined && consumer !== undefined) this.#handlers.arrived(arrival, consumer, own.loans);
      },
      cancelled: (consumer) => {
        this.#isDeclared = false;
        this.#handlers.cancelled(consumer);
      },
      over: () => {
        if (own === undefined || this.#open !== own) return;
        this.#open = undefined;
        this.#handlers.over();
      },
    });
    if (channel.isOver) throw new ConnectionError('the connection to RabbitMQ was lost');
    own = { channel, loans: new OnLoan(channel), consumers };
    this.#isDeclared = false;
    this.#open = own;
    return own;
  }
}
