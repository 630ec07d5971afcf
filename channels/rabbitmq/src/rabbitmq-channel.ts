import {
  type Arrived,
  type ChannelCapabilities,
  checkMessage,
  checkSubscription,
  ClosedError,
  type Delivery,
  type Message,
  type MessageChannel,
  notACursor,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import { isAtLeast, Publisher, RabbitChannel, RabbitConnection, refuseOld } from '@waybill/rabbitmq';
import { GroupSource } from './group-source.ts';
import { toMessageText } from './message-text.ts';
import { type RabbitmqChannelOptions, rabbitmqChannelOptions } from './options.ts';
import { QueueSource } from './queue-source.ts';
import type { Source } from './source.ts';
import { StreamSource } from './stream-source.ts';
import { SubscriptionLoop } from './subscription-loop.ts';
import { Topology } from './topology.ts';

/**
 * Throws a `ConfigError` for a server that is too old, and one that says what differs where exchanges or the stream of
 * this namespace exist that were made otherwise.
 */
export const openRabbitmqChannel = async (
  options: Partial<RabbitmqChannelOptions> = {},
): Promise<RabbitmqChannel> => {
  const complete = rabbitmqChannelOptions.parse(options);
  const { namespace, requestMs, streams } = complete;
  const connection = await RabbitConnection.open({ ...complete, name: `waybill ${namespace} subscriber` });
  try {
    const deadline = performance.now() + requestMs;
    const session = await connection.session(deadline);
    refuseOld(session);
    const topology = new Topology(complete, streams ?? isAtLeast(session, 3, 9));
    const channel = await RabbitChannel.open(session, deadline, deaf);
    await topology.declare(channel, deadline);
    await channel.close(deadline);
    return new RabbitmqChannel(connection, complete, topology);
  } catch (error) {
    await connection.close();
    throw error;
  }
};

const ignore = (): void => undefined;
/** For a channel that only asks. */
const deaf = { arrived: ignore, cancelled: ignore, over: ignore };

/**
 * What it declares on a server that has streams. A stream is written before it is confirmed, and not forced to the disk:
 * RabbitMQ trusts in replicas for that.
 */
export const declaredCapabilities: ChannelCapabilities = {
  durability: 'process',
  shared: true,
  replay: true,
  redelivery: true,
};

/** Messages in RabbitMQ; see `openRabbitmqChannel`. */
export class RabbitmqChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities;
  readonly #options: RabbitmqChannelOptions;
  readonly #topology: Topology;
  /** Subscribes; an alarm that keeps publishers waiting does not touch it. */
  readonly #connection: RabbitConnection;
  readonly #outgoing: RabbitConnection;
  readonly #publisher: Publisher;
  readonly #loops = new Set<SubscriptionLoop>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  /** Takes over the connection, and closes it. */
  constructor(connection: RabbitConnection, options: RabbitmqChannelOptions, topology: Topology) {
    this.#options = options;
    this.#topology = topology;
    this.#connection = connection;
    this.#outgoing = new RabbitConnection({ ...options, name: `waybill ${options.namespace} publisher` });
    this.#publisher = new Publisher(this.#outgoing, {
      requestMs: options.requestMs,
      declare: (channel, deadline) => topology.declare(channel, deadline),
    });
    this.capabilities = { ...declaredCapabilities, replay: topology.hasStream };
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#refuseClosed();
    for (const message of messages) checkMessage(message);
    const { messages: kept, hints, hasStream } = this.#topology;
    await this.#publisher.publish(
      messages.map((message) => ({
        exchange: message.hint === true ? hints : kept,
        routingKey: message.subject,
        content: Buffer.from(toMessageText(message)),
        fleeting: message.hint === true,
        mandatory: hasStream,
      })),
    );
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
    // Without a session nothing can be said any more, and nobody should wait for one.
    if (this.#connection.current === undefined) await this.#connection.close();
    if (this.#outgoing.current === undefined) await this.#outgoing.close();
    await Promise.allSettled([this.#publisher.close(), ...[...this.#loops].map((loop) => loop.end())]);
    await Promise.all([this.#connection.close(), this.#outgoing.close()]);
  }

  async *#loop(subscription: Subscription): AsyncGenerator<Delivery<Arrived>, void> {
    const pattern = checkSubscription(subscription, this.capabilities);
    const source = this.#sourceOf(subscription, pattern);
    if (subscription.signal.aborted) return;
    this.#refuseClosed();
    const { group } = subscription;
    const topology = this.#topology;
    const loop = new SubscriptionLoop(
      {
        connection: this.#connection,
        requestMs: this.#options.requestMs,
        pattern,
        stop: AbortSignal.any([subscription.signal, this.#closing.signal]),
        onReady: subscription.onReady,
        hints: {
          exchange: topology.hints,
          queue: () => (group === undefined ? topology.ofHints() : topology.ofGroupHints(group, pattern)),
        },
      },
      source,
    );
    this.#loops.add(loop);
    try {
      yield* loop.deliveries();
    } finally {
      this.#loops.delete(loop);
    }
  }

  #sourceOf({ group, from = 'now' }: Subscription, pattern: SubjectPattern): Source {
    const [topology, publisher] = [this.#topology, this.#publisher];
    if (group !== undefined) return new GroupSource(topology, pattern, group);
    if (!topology.hasStream) return new QueueSource(topology, pattern);
    return new StreamSource({ topology, publisher, pattern }, positionOf(from));
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the channel is closed');
  }
}

/** The offset after which to begin; `undefined` for now. */
const positionOf = (from: NonNullable<Subscription['from']>): number | undefined => {
  if (from === 'now') return undefined;
  if (from === 'start') return -1;
  if (!/^\d{1,15}$/.test(from.after)) throw notACursor();
  return Number(from.after);
};
