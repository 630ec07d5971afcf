import {
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Delivery,
  type Demand,
  type QueueName,
  queueNames,
  type TaskBroker,
  type Ticket,
  Sleepers,
} from '@waybill/core';
import {
  Bell,
  declareTopics,
  isUnknownTopic,
  type KafkaClient,
  type NewRecord,
  openKafka,
  partitionOf,
  SharedPartitions,
} from '@waybill/kafka';
import { declaredCapabilities } from './declared-capabilities.ts';
import { type KafkaBrokerOptions, kafkaBrokerOptions } from './options.ts';
import { fromTicketText, toTicketText } from './ticket-text.ts';
import { bellOf, groupOf, topicOf, topicSpecs } from './topics.ts';

/** Makes the topics that are missing. */
export const openKafkaBroker = async (options: Partial<KafkaBrokerOptions> = {}): Promise<KafkaBroker> => {
  const complete = kafkaBrokerOptions.parse(options);
  const client = openKafka(complete);
  try {
    const partitions = await declareTopics(client, topicSpecs(complete));
    return new KafkaBroker(client, complete, partitions, await Bell.open(client, bellOf(complete)));
  } catch (error) {
    await client.close();
    throw error;
  }
};

/** Tickets in Kafka; see `openKafkaBroker`. */
export class KafkaBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities;
  readonly #client: KafkaClient;
  readonly #options: KafkaBrokerOptions;
  readonly #bell: Bell;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #topics: ReadonlyMap<QueueName, string>;
  readonly #shared: SharedPartitions<Ticket>;
  readonly #sleepers = new Sleepers();
  #closed: Promise<void> | undefined;

  constructor(
    client: KafkaClient,
    options: KafkaBrokerOptions,
    partitions: ReadonlyMap<string, number>,
    bell: Bell,
  ) {
    this.#client = client;
    this.#options = options;
    this.#bell = bell;
    this.#partitions = partitions;
    this.#topics = new Map(queueNames.map((queue) => [queue, topicOf(options, queue)]));
    const queues = new Map([...this.#topics].map(([queue, topic]) => [topic, queue]));
    this.#shared = new SharedPartitions<Ticket>({
      client,
      bell,
      groupId: groupOf(options),
      topics: [...queues.keys()].map((name) => ({ name, partitions: partitions.get(name) ?? 1 })),
      sessionMs: options.sessionMs,
      begin: 'start',
      handsOn: true,
      decode: ({ value }, { topic }) => fromTicketText(value, queues.get(topic) ?? 'normal'),
      onReady: () => void this.#sleepers.wake(),
      restore: () => this.#restore(),
    });
    const ordered = [...queues.keys()].every((topic) => partitions.get(topic) === 1);
    this.capabilities = { ...declaredCapabilities, ordered };
  }

  async enqueue(tickets: readonly Ticket[]): Promise<void> {
    this.#refuseClosed();
    for (const ticket of tickets) checkTicket(ticket);
    await this.#produce(tickets);
  }

  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    this.#refuseClosed();
    checkDemand(demand);
    const { wanted, waitMs, signal } = demand;
    const deadline = performance.now() + waitMs;
    this.#shared.start();
    const satisfied = wanted.map(({ queue }) => this.#shared.demand(this.#topicOf(queue)));
    try {
      for (;;) {
        const loans = this.#take(wanted);
        const leftMs = deadline - performance.now();
        if (loans.length > 0 || signal?.aborted || this.#closed !== undefined) return loans;
        if (leftMs <= 0) return this.#nothing(waitMs);
        await this.#sleepers.sleep(leftMs, signal);
        if (signal?.aborted || this.#closed !== undefined) return [];
      }
    } finally {
      for (const end of satisfied) end();
    }
  }

  async depth(): Promise<ReadonlyMap<QueueName, number>> {
    this.#refuseClosed();
    const depths = queueNames.map(
      async (queue) => [queue, await this.#shared.depth(this.#topicOf(queue))] as const,
    );
    return new Map(await Promise.all(depths));
  }

  async clear(queues: readonly QueueName[]): Promise<void> {
    this.#refuseClosed();
    for (const queue of queues) checkQueue(queue);
    await Promise.all(queues.map((queue) => this.#shared.clear(this.#topicOf(queue))));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#sleepers.wake();
    await this.#shared.close();
    await this.#bell.close();
    await this.#client.close();
  }

  /** A later queue gives nothing before it is known what the earlier ones have. */
  #take(wanted: Demand['wanted']): Delivery<Ticket>[] {
    const loans: Delivery<Ticket>[] = [];
    for (const { queue, max } of wanted) {
      const topic = this.#topicOf(queue);
      loans.push(...this.#shared.take(topic, max));
      if (!this.#shared.isRead(topic)) break;
    }
    return loans;
  }

  #nothing(waitMs: number): readonly Delivery<Ticket>[] {
    const { failure } = this.#shared;
    if (failure !== undefined && waitMs > 0) throw failure;
    return [];
  }

  async #produce(tickets: readonly Ticket[]): Promise<void> {
    const records = tickets.map((ticket) => this.#toRecord(ticket));
    try {
      await this.#client.produce(records);
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
      await this.#restore();
      await this.#client.produce(records);
    }
  }

  async #restore(): Promise<void> {
    await declareTopics(this.#client, topicSpecs(this.#options));
  }

  #toRecord(ticket: Ticket): NewRecord {
    const topic = this.#topicOf(ticket.queue);
    const partition = partitionOf(ticket.taskId, this.#partitions.get(topic) ?? 1);
    return { topic, partition, key: ticket.taskId, value: toTicketText(ticket) };
  }

  #topicOf(queue: QueueName): string {
    return this.#topics.get(queue) ?? '';
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the broker is closed');
  }
}
