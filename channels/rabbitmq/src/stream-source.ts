import { randomUUID } from 'node:crypto';
import { type Arrived, ConnectionError, type Delivery, lend, type SubjectPattern } from '@waybill/core';
import type { Arrival, Publisher } from '@waybill/rabbitmq';
import { fromMessageText } from './message-text.ts';
import type { Line, Source } from './source.ts';
import type { Topology } from './topology.ts';

const consumer = 'stream';
const prefetch = 128;
/** The server goes on pushing long before everything has been acknowledged. */
const acknowledgeEvery = 32;

/**
 * Everything of the stream from some place on, as far as it matches. The place is an offset, the same for everybody;
 * nothing is taken away by reading.
 */
export class StreamSource implements Source {
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  readonly #pattern: SubjectPattern;
  /** Of the last message that arrived; -1 before the first. Undefined: from now on, wherever that is. */
  #position: number | undefined;
  #unacknowledged = 0;
  #marker: { readonly text: string; readonly seen: PromiseWithResolvers<void> } | undefined;

  /** `position`: begin after it. */
  constructor(
    parts: { topology: Topology; publisher: Publisher; pattern: SubjectPattern },
    position: number | undefined,
  ) {
    this.#topology = parts.topology;
    this.#publisher = parts.publisher;
    this.#pattern = parts.pattern;
    this.#position = position;
  }

  async attach({ channel }: Line, deadline: number): Promise<void> {
    const position = this.#position;
    this.#unacknowledged = 0;
    await this.#topology.declare(channel, deadline);
    const offset = position === undefined ? 'next' : position < 0 ? 'first' : position + 1;
    const from = { 'x-stream-offset': offset };
    await channel.consume(
      { name: consumer, queue: this.#topology.stream, prefetch, arguments: from },
      deadline,
    );
    if (position === undefined) await this.#findPlace(deadline);
  }

  accept(_line: Line, { content, exchange, routingKey, headers }: Arrival): Delivery<Arrived> | undefined {
    const offset = Number(headers['x-stream-offset']);
    const text = content.toString();
    this.#position = offset;
    if (exchange !== this.#topology.messages) {
      if (this.#marker?.text === text) this.#marker.seen.resolve();
      return undefined;
    }
    if (!this.#pattern.matches(routingKey)) return undefined;
    const message = fromMessageText(text, routingKey, { cursor: String(offset) });
    return message === undefined ? undefined : lend(message, async () => undefined);
  }

  passed({ channel }: Line, { tag }: Arrival): void {
    if (++this.#unacknowledged < acknowledgeEvery || channel.isOver) return;
    this.#unacknowledged = 0;
    channel.acknowledge(tag, true);
  }

  lost(isQueueGone: boolean): boolean {
    this.#marker?.seen.reject(new ConnectionError('the connection to RabbitMQ was lost'));
    if (isQueueGone && this.#position !== undefined) this.#position = -1; // a new stream counts from the beginning
    return false;
  }

  async end(line: Line | undefined, deadline: number): Promise<void> {
    await line?.channel.close(deadline);
  }

  /**
   * "From now on" says nothing to a server that has been away: it would begin anew and leave a gap. So a mark is put
   * into the stream, which is where this subscription begins, whatever happens before its first message.
   */
  async #findPlace(deadline: number): Promise<void> {
    const marker = { text: randomUUID(), seen: Promise.withResolvers<void>() };
    this.#marker = marker;
    const late = setTimeout(
      () => marker.seen.reject(new ConnectionError('RabbitMQ pushes nothing from its stream')),
      Math.max(0, deadline - performance.now()),
    );
    try {
      const content = Buffer.from(marker.text);
      const mark = { exchange: '', routingKey: this.#topology.stream, content };
      await Promise.all([this.#publisher.publish([mark]), marker.seen.promise]);
    } finally {
      clearTimeout(late);
      this.#marker = undefined;
    }
  }
}
