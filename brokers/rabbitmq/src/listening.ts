import { ConnectionError } from '@waybill/core';
import type { Consumer } from '@waybill/rabbitmq';
import type { OpenLine } from './line.ts';

/** More would not be faster, and a quorum queue has at most 2,000 on the way to one consumer. */
const mostWanted = 1_000;
const mostPrefetch = 2_000;
const mostEnded = 8;

/** The consumer that one queue of the server pushes to, as long as somebody wants something. */
export class Listening {
  readonly #queue: string;
  #consumer: Consumer | undefined;
  #consumers = 0;
  /** How often in a row the queue said that it has nothing. */
  #empties = 0;

  /** `queue`: its name on the server. */
  constructor(queue: string) {
    this.#queue = queue;
  }

  get isOn(): boolean {
    return this.#consumer !== undefined;
  }

  /**
   * Whether the queue has pushed all that it has: it said so after it knew of our demand, and whatever it gets from now on
   * it pushes. Asked twice, since an answer can overtake what was pushed before it, but not what it overtook.
   */
  get hasAll(): boolean {
    return this.#consumer !== undefined && this.#empties >= 2;
  }

  /** Whether the consumer that there is, if any, may not push as many as are wanted. */
  isTooSmallFor(demand: number): boolean {
    if (this.#consumer === undefined) return true;
    const { prefetch, lent } = this.#consumer;
    return prefetch - lent < Math.min(demand, mostWanted);
  }

  /** Begins to listen, or goes on with a larger prefetch, which AMQP cannot change for a consumer that there is. */
  async begin(open: OpenLine, demand: number): Promise<void> {
    const { channel, consumers, deadline } = open;
    const lent = this.#consumer?.lent ?? 0;
    await this.end(open);
    const prefetch = Math.min(mostPrefetch, lent + Math.min(demand, mostWanted));
    const consumer: Consumer = { name: `${++this.#consumers}`, prefetch, unsettled: 0, lent: 0 };
    forget(consumers);
    consumers.set(consumer.name, consumer);
    this.#empties = 0;
    await channel.consume({ name: consumer.name, queue: this.#queue, prefetch }, deadline);
    if (channel.isOver) throw new ConnectionError('the connection to RabbitMQ was lost');
    this.#consumer = consumer;
  }

  async end({ channel, deadline }: OpenLine): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    await channel.cancel(consumer.name, deadline);
    if (this.#consumer === consumer) this.#consumer = undefined;
  }

  /** Asks the queue whether it has something that it has not pushed yet. */
  async look({ channel, deadline }: OpenLine): Promise<boolean> {
    const hasMore = (await channel.waiting(this.#queue, deadline)) > 0;
    this.#empties = hasMore ? 0 : this.#empties + 1;
    return hasMore;
  }

  /** Full: of what comes afterwards it cannot tell us. */
  arrived({ unsettled, prefetch }: Consumer): void {
    if (unsettled >= prefetch) this.#empties = 0;
  }

  /** The server has ended this consumer; without a name, all of them. */
  ended(name = this.#consumer?.name): void {
    this.#empties = 0;
    if (this.#consumer?.name === name) this.#consumer = undefined;
  }
}

/** Of those that have ended; something may still be on its way to the latest of them. */
const forget = (consumers: Map<string, Consumer>): void => {
  for (const [name, { unsettled }] of consumers)
    if (consumers.size > mostEnded && unsettled === 0) consumers.delete(name);
};
