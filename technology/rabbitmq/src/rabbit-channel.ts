import { ConnectionError } from '@waybill/core';
import type { Channel, ConsumeMessage } from 'amqplib';
import { differenceOf, type QueueDeclaration } from './declaration.ts';
import type { Session } from './session.ts';

/** What the server pushes. */
export interface Arrival {
  /** Its place in the order of all arrivals of its channel; what it is settled by. */
  readonly tag: number;
  readonly content: Buffer;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly consumer: string;
}

export interface Consume {
  /** What its arrivals name. Of this channel alone, and never used twice. */
  readonly name: string;
  readonly queue: string;
  /** How many unsettled arrivals the server may push. */
  readonly prefetch: number;
  readonly arguments?: Readonly<Record<string, string | number | boolean>>;
  /** What arrives is settled by that. */
  readonly settled?: boolean;
}

export interface ChannelHandlers {
  arrived(arrival: Arrival): void;
  /** The server has ended a consumer, since its queue is gone. */
  cancelled(consumer: string): void;
  /** Everything unsettled has gone back to its queue. */
  over(): void;
}

/** One channel of a session, as consumers use it: all calls have a deadline, and nothing that arrives is lost. */
export class RabbitChannel {
  readonly #session: Session;
  readonly #channel: Channel;
  #isOver = false;
  #closing: Promise<void> | undefined;

  static async open(session: Session, deadline: number, handlers: ChannelHandlers): Promise<RabbitChannel> {
    const channel = await session.openChannel(deadline);
    const own = new RabbitChannel(session, channel);
    channel.on('close', () => handlers.over());
    channel.on('cancel', ({ consumerTag }) => handlers.cancelled(consumerTag));
    // amqplib gives arrivals to the callbacks of consumers, and gives up the channel where there is none any more: a
    // server that cancels a consumer while something is on its way to it would make it do so.
    channel.on('handler-error', () => undefined);
    channel.prependListener('delivery', ({ content, fields, properties }: ConsumeMessage) =>
      handlers.arrived({
        tag: fields.deliveryTag,
        content,
        exchange: fields.exchange,
        routingKey: fields.routingKey,
        headers: properties.headers ?? {},
        consumer: fields.consumerTag,
      }),
    );
    return own;
  }

  constructor(session: Session, channel: Channel) {
    this.#session = session;
    this.#channel = channel;
    channel.on('close', () => (this.#isOver = true));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Throws a `ConfigError` that says what differs if there is another one of this name. */
  async declareQueue(declaration: QueueDeclaration, deadline: number): Promise<void> {
    const { name, arguments: more, fleeting = false, autoDelete = false } = declaration;
    const kind = { durable: !fleeting, exclusive: fleeting, autoDelete, arguments: { ...more } };
    await this.#declare(name, deadline, () => this.#channel.assertQueue(name, kind));
  }

  /** Of type `topic`. Throws like `declareQueue`. */
  async declareExchange(name: string, deadline: number): Promise<void> {
    await this.#declare(name, deadline, () => this.#channel.assertExchange(name, 'topic', { durable: true }));
  }

  async bind(queue: string, exchange: string, pattern: string, deadline: number): Promise<void> {
    await this.#ask(deadline, () => this.#channel.bindQueue(queue, exchange, pattern));
  }

  /** Begins a consumer. Something may have arrived for it before this resolves. */
  async consume(
    { name, queue, prefetch, settled = false, ...more }: Consume,
    deadline: number,
  ): Promise<void> {
    await this.#ask(deadline, async () => {
      const limited = this.#channel.prefetch(prefetch);
      const consumed = this.#channel.consume(queue, () => undefined, {
        consumerTag: name,
        noAck: settled,
        arguments: { ...more.arguments },
      });
      await Promise.all([limited, consumed]);
    });
  }

  /** Nothing more arrives for it afterwards; what has arrived stays with us. */
  async cancel(consumer: string, deadline: number): Promise<void> {
    await this.#ask(deadline, () => this.#channel.cancel(consumer));
  }

  /** How many messages wait in the queue. Answered by the queue itself, behind everything it has pushed to us before. */
  async waiting(queue: string, deadline: number): Promise<number> {
    return (await this.#ask(deadline, () => this.#channel.checkQueue(queue))).messageCount;
  }

  async purge(queue: string, deadline: number): Promise<void> {
    await this.#ask(deadline, () => this.#channel.purgeQueue(queue));
  }

  async deleteQueue(queue: string, deadline: number): Promise<void> {
    await this.#ask(deadline, () => this.#channel.deleteQueue(queue));
  }

  /** AMQP answers nothing to this: it is on its way. `allUpTo`: all arrivals before it as well. */
  acknowledge(tag: number, allUpTo = false): void {
    this.#send(() => this.#channel.ack(settling(tag), allUpTo));
  }

  /** Back to its queue. Answered as little as `acknowledge`. */
  giveBack(tag: number): void {
    this.#send(() => this.#channel.nack(settling(tag), false, true));
  }

  /** What was sent on it before is carried out first; what is unsettled goes back. Idempotent. */
  async close(deadline: number): Promise<void> {
    if (this.#isOver) return;
    this.#closing ??= this.#ask(deadline, () => this.#channel.close());
    await this.#closing;
  }

  async #declare(name: string, deadline: number, request: () => Promise<unknown>): Promise<void> {
    await this.#ask(deadline, async () => {
      try {
        await request();
      } catch (error) {
        throw differenceOf(name, error) ?? error;
      }
    });
  }

  #ask<T>(deadline: number, request: () => Promise<T>): Promise<T> {
    return this.#session.ask(deadline, false, request);
  }

  #send(command: () => void): void {
    if (this.#isOver)
      throw new ConnectionError('the connection to RabbitMQ is gone, and gave back what was on loan');
    command();
  }
}

/** All that amqplib reads of a message when it is settled. */
const settling = (tag: number): Parameters<Channel['ack']>[0] =>
  ({ fields: { deliveryTag: tag } }) as Parameters<Channel['ack']>[0]; // its type wants the whole message
