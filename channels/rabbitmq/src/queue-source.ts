import { type Arrived, type Delivery, lend, type SubjectPattern } from '@waybill/core';
import type { Arrival, QueueDeclaration } from '@waybill/rabbitmq';
import { fromMessageText } from './message-text.ts';
import type { Line, Source } from './source.ts';
import { bindingKey, type Topology } from './topology.ts';

const consumer = 'queue';
const prefetch = 128;

/** A queue of its own for one subscriber, where there is no stream: from now on, and without a way back. */
export class QueueSource implements Source {
  readonly #topology: Topology;
  readonly #pattern: SubjectPattern;
  readonly #queue: QueueDeclaration;

  constructor(topology: Topology, pattern: SubjectPattern) {
    this.#topology = topology;
    this.#pattern = pattern;
    this.#queue = topology.ofSubscriber();
  }

  async attach({ channel }: Line, deadline: number): Promise<void> {
    const { name } = this.#queue;
    await this.#topology.declare(channel, deadline);
    await channel.declareQueue(this.#queue, deadline);
    await channel.bind(name, this.#topology.messages, bindingKey(this.#pattern), deadline);
    await channel.consume({ name: consumer, queue: name, prefetch }, deadline);
  }

  accept(_line: Line, { content, routingKey }: Arrival): Delivery<Arrived> | undefined {
    const message = fromMessageText(content.toString(), routingKey, {});
    return message === undefined ? undefined : lend(message, async () => undefined);
  }

  passed({ channel }: Line, { tag }: Arrival): void {
    if (!channel.isOver) channel.acknowledge(tag);
  }

  lost(): boolean {
    return true;
  }

  async end(line: Line | undefined, deadline: number): Promise<void> {
    await line?.channel.deleteQueue(this.#queue.name, deadline); // else it is forgotten in time
    await line?.channel.close(deadline);
  }
}
