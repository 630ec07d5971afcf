import type { ConfirmChannel } from 'amqplib';
import { RabbitChannel } from './rabbit-channel.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import type { Session } from './session.ts';

export interface OutletHandlers {
  /** Makes what is published to exist. Called on every new channel, and again whenever it is prepared. */
  declare(channel: RabbitChannel, deadline: number): Promise<void>;
  /** There is a new channel, on which nothing is on its way yet. */
  opened(): void;
  /** The server found no queue for a message. */
  returned(exchange: string, routingKey: string): void;
  /** What was sent on it will not be confirmed any more. */
  lost(): void;
}

/** The channel that messages leave by: opened when it is needed, and again after each loss. */
export class Outlet {
  readonly #connection: RabbitConnection;
  readonly #handlers: OutletHandlers;
  #session: Session | undefined;
  #channel: ConfirmChannel | undefined;
  #declaring: RabbitChannel | undefined;

  constructor(connection: RabbitConnection, handlers: OutletHandlers) {
    this.#connection = connection;
    this.#handlers = handlers;
  }

  /** The channel of now, if messages are taken on it. */
  get channel(): ConfirmChannel | undefined {
    return this.#session?.blockedBy === undefined ? this.#channel : undefined;
  }

  /** Why the server takes no messages just now. */
  get blockedBy(): string | undefined {
    return this.#connection.current?.blockedBy;
  }

  /** The session of now, or the next one. Throws a `ConnectionError` at the deadline. */
  session(deadline: number): Promise<Session> {
    return this.#connection.session(deadline);
  }

  /** Opens a channel on this session unless there is one, and declares. Answers whether it can be used. */
  async prepare(session: Session, deadline: number): Promise<boolean> {
    const open = this.#session === session ? this.#declaring : undefined;
    const channel = open?.isOver === false ? open : await this.#open(session, deadline);
    await this.#handlers.declare(channel, deadline);
    return !channel.isOver;
  }

  /** Ends the connection: its server confirms nothing, or we do not hear it. */
  drop(): void {
    this.#session?.drop();
  }

  async #open(session: Session, deadline: number): Promise<RabbitChannel> {
    const channel = await session.openConfirmChannel(deadline);
    this.#session = session;
    channel.on('return', ({ fields }) => this.#handlers.returned(fields.exchange, fields.routingKey));
    channel.on('close', () => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      this.#handlers.lost();
    });
    this.#channel = channel;
    this.#handlers.opened();
    this.#declaring = new RabbitChannel(session, channel);
    return this.#declaring;
  }
}
