import {
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Delivery,
  type Demand,
  lend,
  type QueueName,
  queueNames,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import { Publisher, RabbitChannel, RabbitConnection, refuseOld } from '@waybill/rabbitmq';
import { Acquisitions } from './acquisitions.ts';
import { Intake } from './intake.ts';
import { type RabbitmqBrokerOptions, rabbitmqBrokerOptions } from './options.ts';
import type { Held } from './stock.ts';
import { toTicketText } from './ticket-text.ts';
import { Topology } from './topology.ts';

/**
 * Throws a `ConfigError` for a server that is too old, and one that says what differs where queues of this namespace
 * exist that were made otherwise.
 */
export const openRabbitmqBroker = async (
  options: Partial<RabbitmqBrokerOptions> = {},
): Promise<RabbitmqBroker> => {
  const complete = rabbitmqBrokerOptions.parse(options);
  const { namespace, requestMs } = complete;
  const connection = await RabbitConnection.open({ ...complete, name: `waybill ${namespace} worker` });
  try {
    const deadline = (): number => performance.now() + requestMs;
    const session = await connection.session(deadline());
    refuseOld(session);
    const channel = await RabbitChannel.open(session, deadline(), deaf);
    await new Topology(complete).declare(channel, deadline);
    await channel.close(deadline());
    return new RabbitmqBroker(connection, complete);
  } catch (error) {
    await connection.close();
    throw error;
  }
};

const ignore = (): void => undefined;
/** For a channel that only asks. */
const deaf = { arrived: ignore, cancelled: ignore, over: ignore };

/**
 * What it declares on quorum queues, which confirm what is on the disks of a majority. A classic queue confirms what its
 * node will write, and shards have no order among them.
 */
export const declaredCapabilities: BrokerCapabilities = {
  durability: 'disk',
  shared: true,
  ordered: true,
  rank: false,
  redelivery: true,
};

/** Tickets in RabbitMQ; see `openRabbitmqBroker`. */
export class RabbitmqBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities;
  /** Acquires, settles and counts; an alarm that keeps publishers waiting does not touch it. */
  readonly #connection: RabbitConnection;
  readonly #outgoing: RabbitConnection;
  readonly #publisher: Publisher;
  readonly #topology: Topology;
  readonly #intakes: ReadonlyMap<QueueName, readonly Intake[]>;
  readonly #acquisitions: Acquisitions;
  #closed: Promise<void> | undefined;

  /** Takes over the connection, and closes it. */
  constructor(connection: RabbitConnection, options: RabbitmqBrokerOptions) {
    const { namespace, requestMs, queueType, shards } = options;
    this.#connection = connection;
    this.#outgoing = new RabbitConnection({ ...options, name: `waybill ${namespace} publisher` });
    this.#topology = new Topology(options);
    this.#publisher = new Publisher(this.#outgoing, {
      requestMs,
      declare: (channel, deadline) => this.#topology.declare(channel, () => deadline),
    });
    const parts = {
      connection,
      requestMs,
      changed: () => this.#acquisitions.changed(),
      failed: (error: Parameters<Acquisitions['failed']>[0]) => this.#acquisitions.failed(error),
    };
    const intakesOf = (queue: QueueName): readonly Intake[] =>
      this.#topology.of(queue).map((declaration) => new Intake(queue, declaration, parts));
    this.#intakes = new Map(queueNames.map((queue) => [queue, intakesOf(queue)]));
    this.#acquisitions = new Acquisitions(this.#intakes, requestMs);
    const { durability, ordered } = declaredCapabilities;
    this.capabilities = {
      ...declaredCapabilities,
      durability: queueType === 'quorum' ? durability : 'process',
      ordered: ordered && shards === 1,
    };
  }

  async enqueue(tickets: readonly Ticket[]): Promise<void> {
    this.#refuseClosed();
    for (const ticket of tickets) checkTicket(ticket);
    await this.#publisher.publish(
      tickets.map((ticket) => ({
        exchange: '',
        routingKey: this.#topology.nameFor(ticket.queue, ticket.taskId),
        content: Buffer.from(toTicketText(ticket)),
        mandatory: true,
      })),
    );
  }

  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    this.#refuseClosed();
    checkDemand(demand);
    return (await this.#acquisitions.acquire(demand)).map((held) => this.#lend(held));
  }

  async depth(): Promise<ReadonlyMap<QueueName, number>> {
    this.#refuseClosed();
    const counts = await Promise.all(
      queueNames.map(async (queue): Promise<readonly [QueueName, number]> => {
        const waiting = await Promise.all(this.#intakesOf(queue).map((intake) => intake.count()));
        return [queue, waiting.reduce((sum, each) => sum + each, 0)];
      }),
    );
    return new Map(counts);
  }

  async clear(queues: readonly QueueName[]): Promise<void> {
    this.#refuseClosed();
    for (const queue of queues) checkQueue(queue);
    await Promise.all(queues.flatMap((queue) => this.#intakesOf(queue).map((intake) => intake.clear())));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#acquisitions.close();
    // Without a session nothing can be said any more, and nobody should wait for one.
    if (this.#connection.current === undefined) await this.#connection.close();
    if (this.#outgoing.current === undefined) await this.#outgoing.close();
    const intakes = [...this.#intakes.values()].flat();
    await Promise.allSettled([this.#publisher.close(), ...intakes.map((intake) => intake.close())]); // else they end with the connection
    await Promise.all([this.#connection.close(), this.#outgoing.close()]);
  }

  #lend(held: Held): Delivery<Ticket> {
    return lend(held.ticket, async (settlement) => {
      this.#refuseClosed();
      await held.loans.settle(held.tag, settlement);
    });
  }

  #intakesOf(queue: QueueName): readonly Intake[] {
    return this.#intakes.get(queue) ?? [];
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the broker is closed');
  }
}
