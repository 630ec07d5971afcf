import { type QueueName, queueNames } from '@waybill/core';
import type { QueueDeclaration, RabbitChannel } from '@waybill/rabbitmq';
import type { RabbitmqBrokerOptions } from './options.ts';

/**
 * How often a ticket may come back before a quorum queue drops it. Handing back is no failure here, so never; but with
 * no limit at all it would go back to the end of its queue, and from RabbitMQ 4 on there is one of 20.
 */
const deliveryLimit = 1_000_000_000;

/** The server's queues of each queue. */
export class Topology {
  readonly #declarations: ReadonlyMap<QueueName, readonly QueueDeclaration[]>;

  constructor({ namespace, queueType, shards }: RabbitmqBrokerOptions) {
    const more = {
      'x-queue-type': queueType,
      ...(queueType === 'quorum' && { 'x-delivery-limit': deliveryLimit }),
    };
    const named = (name: string): QueueDeclaration => ({ name, arguments: more });
    const ofQueue = (queue: QueueName): readonly QueueDeclaration[] =>
      shards === 1
        ? [named(`${namespace}.${queue}`)]
        : Array.from({ length: shards }, (_, shard) => named(`${namespace}.${queue}.${shard}`));
    this.#declarations = new Map(queueNames.map((queue) => [queue, ofQueue(queue)]));
  }

  of(queue: QueueName): readonly QueueDeclaration[] {
    return this.#declarations.get(queue) ?? [];
  }

  /** Where the tickets of a task go. */
  nameFor(queue: QueueName, taskId: string): string {
    const shards = this.of(queue);
    const shard = shards.length === 1 ? 0 : jump(hash(taskId), shards.length);
    return shards[shard]?.name ?? '';
  }

  /**
   * Throws a `ConfigError` if one of them exists, made otherwise. `deadline` is asked before each of them: a server that
   * is busy may take a while over a new quorum queue, and there may be many.
   */
  async declare(channel: RabbitChannel, deadline: () => number): Promise<void> {
    for (const queue of queueNames)
      for (const declaration of this.of(queue)) await channel.declareQueue(declaration, deadline());
  }
}

/** FNV-1a, 64 bits. */
const hash = (text: string): bigint => {
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  return value;
};

/** Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm": with one more shard, few tasks move. */
const jump = (key: bigint, shards: number): number => {
  let [found, next] = [0, 0];
  while (next < shards) {
    found = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor(((found + 1) * 2 ** 31) / (Number(key >> 33n) + 1));
  }
  return found;
};
