import {
  type Arrived,
  type ChannelCapabilities,
  checkMessage,
  checkSubscription,
  ClosedError,
  type Delivery,
  type Message,
  type MessageChannel,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import {
  Bell,
  declareTopics,
  isUnknownTopic,
  type KafkaClient,
  type NewRecord,
  nameOf,
  openKafka,
  partitionOf,
  SharedPartitions,
} from '@waybill/kafka';
import { BroadcastSubscription } from './broadcast-subscription.ts';
import { declaredCapabilities } from './declared-capabilities.ts';
import { groupIdOf, GroupSubscription } from './group-subscription.ts';
import { fromHintText, keyOf, toMessageText } from './message-text.ts';
import { type KafkaChannelOptions, kafkaChannelOptions } from './options.ts';
import { bellOf, Routes, topicSpecs } from './routes.ts';
import { Tail } from './tail.ts';

/** Makes the topics that are missing. */
export const openKafkaChannel = async (options: Partial<KafkaChannelOptions> = {}): Promise<KafkaChannel> => {
  const complete = kafkaChannelOptions.parse(options);
  const client = openKafka(complete);
  try {
    const partitions = await declareTopics(client, topicSpecs(complete));
    return new KafkaChannel(client, complete, partitions, await Bell.open(client, bellOf(complete)));
  } catch (error) {
    await client.close();
    throw error;
  }
};

interface Listener {
  readonly pattern: SubjectPattern;
  hint(message: Arrived, offset: number): void;
}

/** Messages in Kafka; see `openKafkaChannel`. */
export class KafkaChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities = declaredCapabilities;
  readonly #client: KafkaClient;
  readonly #options: KafkaChannelOptions;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #bell: Bell;
  readonly #routes: Routes;
  readonly #tail: Tail;
  readonly #listeners = new Set<Listener>();
  readonly #members = new Set<GroupSubscription>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(
    client: KafkaClient,
    options: KafkaChannelOptions,
    partitions: ReadonlyMap<string, number>,
    bell: Bell,
  ) {
    this.#client = client;
    this.#options = options;
    this.#partitions = partitions;
    this.#bell = bell;
    this.#routes = new Routes(options);
    this.#tail = new Tail(client, () => this.#restore());
    bell.listen((note, offset) => this.#hint(note, offset));
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#refuseClosed();
    for (const message of messages) checkMessage(message);
    const kept = messages.filter(({ hint }) => hint !== true);
    const hints = messages
      .filter(({ hint }) => hint === true)
      .map((message) => this.#bell.ring({ hint: toMessageText(message) }));
    await this.#produce(kept.map((message) => this.#toRecord(message)));
    await Promise.all(hints);
  }

  subscribe(subscription: Subscription): AsyncIterable<Delivery<Arrived>> {
    this.#refuseClosed();
    return this.#loop(subscription);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#members].map((member) => member.close()));
    await this.#tail.close();
    await this.#bell.close();
    await this.#client.close();
  }

  async *#loop(subscription: Subscription): AsyncGenerator<Delivery<Arrived>, void> {
    const pattern = checkSubscription(subscription, this.capabilities);
    if (subscription.signal.aborted) return;
    this.#refuseClosed();
    const stop = AbortSignal.any([subscription.signal, this.#closing.signal]);
    if (subscription.group === undefined) yield* this.#broadcast(subscription, pattern, stop);
    else yield* this.#group(subscription, pattern, stop);
  }

  async *#broadcast(
    subscription: Subscription,
    pattern: SubjectPattern,
    stop: AbortSignal,
  ): AsyncGenerator<Delivery<Arrived>, void> {
    const names = this.#routes
      .topicsOf(pattern)
      .flatMap((topic) =>
        Array.from({ length: this.#partitions.get(topic) ?? 1 }, (_, partition) =>
          nameOf({ topic, partition }),
        ),
      );
    const { requestMs } = this.#options;
    const parts = {
      client: this.#client,
      tail: this.#tail,
      bell: this.#bell,
      pattern,
      names,
      subscription,
      stop,
      requestMs,
    };
    const listener = new BroadcastSubscription(parts);
    this.#listeners.add(listener);
    try {
      yield* listener.deliveries();
    } finally {
      this.#listeners.delete(listener);
    }
  }

  async *#group(
    subscription: Subscription,
    pattern: SubjectPattern,
    stop: AbortSignal,
  ): AsyncGenerator<Delivery<Arrived>, void> {
    const topics = this.#routes.topicsOf(pattern);
    const { requestMs, sessionMs, namespace } = this.#options;
    const member = new GroupSubscription({
      pattern,
      topics,
      subscription,
      stop,
      requestMs,
      placeOf: (hint) => this.#placeOf(hint),
      open: (decode, onReady) =>
        new SharedPartitions<Arrived>({
          client: this.#client,
          bell: this.#bell,
          groupId: groupIdOf(namespace, subscription),
          topics: topics.map((name) => ({ name, partitions: this.#partitions.get(name) ?? 1 })),
          sessionMs,
          begin: 'end',
          handsOn: false,
          decode: (record, { topic, partition }) => decode(record, topic, partition),
          onReady,
          restore: () => this.#restore(),
        }),
    });
    this.#members.add(member);
    this.#listeners.add(member);
    try {
      yield* member.deliveries();
    } finally {
      this.#listeners.delete(member);
      // What is on loan may still be settled, unless the channel closes.
      const isOver = this.#closing.signal.aborted || !member.isOnLoan;
      const left = isOver ? member.close() : member.retire();
      void left.finally(() => this.#members.delete(member));
      if (isOver) await left;
    }
  }

  #hint(note: unknown, offset: number): void {
    if (typeof note !== 'object' || note === null || !('hint' in note)) return;
    const message = fromHintText(note.hint);
    if (message === undefined) return;
    for (const listener of this.#listeners)
      if (listener.pattern.matches(message.subject)) listener.hint(message, offset);
  }

  #toRecord(message: Message): NewRecord {
    return { ...this.#placeOf(message), key: keyOf(message), value: toMessageText(message) };
  }

  /** Messages of one key are in one partition, whatever their subjects. */
  #placeOf(message: Message): { readonly topic: string; readonly partition: number } {
    const topic = this.#routes.topicOf(message.subject);
    return {
      topic,
      partition: partitionOf(message.key ?? message.subject, this.#partitions.get(topic) ?? 1),
    };
  }

  async #produce(records: readonly NewRecord[]): Promise<void> {
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

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the channel is closed');
  }
}
