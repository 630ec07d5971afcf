import type { Delivery } from './delivery.ts';
import type { Closeable } from './lifecycle.ts';

/** The three classes of urgency, most urgent first. */
export const queueNames = ['critical', 'normal', 'batch'] as const;
export type QueueName = (typeof queueNames)[number];

/** A wake-up: "look at this task". What is true of the task is in the store, so a ticket may lie or get lost. */
export interface Ticket {
  /** As in a document's key. */
  readonly tenant: string;
  /** As the id in a document's key. */
  readonly taskId: string;
  readonly queue: QueueName;
  /** 0 to 10: within a queue, higher first where `capabilities.rank` says so. The task's priority; 10 if it comes back. */
  readonly rank: number;
  /** How often the task had been claimed when this ticket was issued: a later claim makes it stale. */
  readonly epoch: number;
}

export interface Demand {
  /** In order of urgency, each with how many tickets of it are wanted (1 or more). */
  readonly wanted: readonly { readonly queue: QueueName; readonly max: number }[];
  /** How long to wait for the first ticket before answering with none, in milliseconds. 0 does not wait. */
  readonly waitMs: number;
  /** Ends the wait: the answer is what is there, possibly nothing. */
  readonly signal?: AbortSignal;
}

export interface BrokerCapabilities {
  /** What an enqueued ticket survives. No task is lost either way. */
  readonly durability: 'none' | 'process' | 'disk';
  /** Whether several processes can use the same namespace. */
  readonly shared: boolean;
  /** Whether tickets of one queue and rank arrive in the order in which they were enqueued. */
  readonly ordered: boolean;
  /** Whether a higher rank overtakes within a queue. */
  readonly rank: boolean;
  /** Whether a ticket that was acquired and not settled returns when its holder closes or dies. */
  readonly redelivery: boolean;
}

/**
 * Wakes workers. It may lose, repeat and reorder tickets, and nobody may rely on it for more than its
 * capabilities. Every call settles: with its answer or with a `PayloadError`, `ConnectionError`,
 * `InDoubtError` or, after `close()`, `ClosedError`.
 */
export interface TaskBroker extends Closeable {
  readonly capabilities: BrokerCapabilities;
  /**
   * Resolves when the backend has all of them. After an error some of them may be there; a copy of the request that
   * arrives late may repeat them.
   */
  enqueue(tickets: readonly Ticket[]): Promise<void>;
  /**
   * Lends tickets. Queues are served strictly in the order of `wanted`, and no queue gives more than its
   * `max`. As soon as there is one ticket it answers, without waiting to fill up. It answers with none when the
   * time is over, the signal aborts or the broker closes.
   */
  acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]>;
  /**
   * Tickets that wait in each queue, those on loan not counted; may lag by a moment. Every queue is listed. Those
   * given back for later wait wherever the adapter lets them: they may be counted or not.
   */
  depth(): Promise<ReadonlyMap<QueueName, number>>;
  /** Drops every waiting ticket of these queues; those given back for later may come back all the same. */
  clear(queues: readonly QueueName[]): Promise<void>;
}
