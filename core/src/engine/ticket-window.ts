import { type QueueName, queueNames, type TaskBroker, type Ticket } from '../broker.ts';
import { coalesce, type Coalescer } from '../coalescer.ts';
import type { Runtime } from '../runtime.ts';
import type { EngineContext, EngineLog } from './engine-context.ts';
import { faultOf } from './fault-of.ts';

/** A measured depth is believed for this long while tickets are being added; less long when the window fills up. */
const depthAgeMs = 200;
const fullDepthAgeMs = 50;
/** What was measured longer ago says nothing any more. */
const forgetMs = 1_000;
/** Whoever has a backlog to admit does so sooner: a window that stays low for so long has none behind it. */
const lowMs = 200;

/**
 * Keeps the tickets in the broker to a bounded window per queue. What does not fit stays in the store alone and
 * is admitted by the Dispatcher when the window has room: no ticket that is not more urgent is sent past it meanwhile,
 * lest a backlog wait for ever while as much comes in as is worked off. Both are soft: several processes count apart.
 */
export class TicketWindow {
  readonly #broker: TaskBroker;
  readonly #runtime: Runtime;
  readonly #size: number;
  readonly #log: EngineLog;
  readonly #coalescer: Coalescer<readonly Ticket[], void>;
  /** What was offered and is still here: more can go with it. */
  #offered: Ticket[] | undefined;
  readonly #depth = new Map<QueueName, number>();
  readonly #declined = new Set<QueueName>();
  /** The highest rank of what is known to wait in the store alone. */
  readonly #backlog = new Map<QueueName, number>();
  /** Monotonic instants. */
  readonly #lowSince = new Map<QueueName, number>();
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measuring = false;

  constructor({
    broker,
    runtime,
    settings,
    points,
    log,
  }: Pick<EngineContext, 'broker' | 'runtime' | 'settings' | 'points' | 'log'>) {
    this.#broker = broker;
    this.#runtime = runtime;
    this.#size = settings.window;
    this.#log = log;
    this.#coalescer = coalesce(async (batches) => {
      this.#offered = undefined;
      const reached = points.reach('ticket.before');
      if (reached !== undefined) await reached;
      await broker.enqueue(batches.flat());
      const passed = points.reach('ticket.after');
      if (passed !== undefined) await passed;
      return batches.map(() => undefined);
    });
    for (const queue of queueNames) this.#depth.set(queue, 0);
  }

  /** How many tickets of the queue the broker should still be given. */
  room(queue: QueueName): number {
    return this.#size - (this.#depth.get(queue) ?? 0);
  }

  /**
   * Sends tickets, as many as there is room for, without anybody waiting: a task whose ticket is not sent or
   * gets lost is found by the Dispatcher.
   */
  offer(tickets: readonly Ticket[]): void {
    this.#measureIfOld(tickets);
    const fitting: Ticket[] = [];
    for (const ticket of tickets) {
      const { queue, rank } = ticket;
      const depth = this.#depth.get(queue) ?? 0;
      const ahead = this.#backlog.get(queue) ?? Number.NEGATIVE_INFINITY;
      if (depth >= this.#size || rank <= ahead) {
        this.#declined.add(queue);
        this.#backlog.set(queue, Math.max(rank, ahead));
        continue;
      }
      this.#depth.set(queue, depth + 1);
      fitting.push(ticket);
    }
    if (fitting.length === 0) return;
    if (this.#offered !== undefined) {
      this.#offered.push(...fitting);
      return;
    }
    this.#offered = fitting;
    this.send(fitting).catch((error: unknown) => {
      this.#log('warn', 'ticket.unsent', { tickets: fitting.length, ...faultOf(error) });
    });
  }

  /** Whether tickets of this queue were left out here for want of room, and not made up for yet. */
  declined(queue: QueueName): boolean {
    return this.#declined.has(queue);
  }

  /** What was left out has been sent by a refill. */
  accept(queue: QueueName): void {
    this.#declined.delete(queue);
    this.#backlog.delete(queue);
  }

  /** A refill has found more than there is room for; nothing of the rest is of a higher rank. */
  holdBack(queue: QueueName, rank: number): void {
    this.#backlog.set(queue, rank);
  }

  /** From this depth on, downwards, a window is filled up again. */
  get low(): number {
    return this.#size / 4;
  }

  /** Sends all of them. Throws what the broker threw. */
  send(tickets: readonly Ticket[]): Promise<void> {
    return this.#coalescer.add(tickets);
  }

  /** Asks the broker for its depths. Throws what `TaskBroker.depth` throws. */
  async measure(): Promise<ReadonlyMap<QueueName, number>> {
    const depth = await this.#broker.depth();
    this.#measuredAt = this.#runtime.monotonic();
    for (const queue of queueNames) {
      const waiting = depth.get(queue) ?? 0;
      this.#depth.set(queue, waiting);
      this.#noteLow(queue, waiting <= this.low);
    }
    return this.#depth;
  }

  idle(): Promise<void> {
    return this.#coalescer.idle();
  }

  /** The worker of this process took tickets. */
  took(queue: QueueName): void {
    const depth = this.#depth.get(queue) ?? 0;
    if (depth > 0) this.#depth.set(queue, depth - 1);
  }

  #noteLow(queue: QueueName, isLow: boolean): void {
    const since = this.#lowSince.get(queue) ?? this.#measuredAt;
    if (!isLow) this.#lowSince.delete(queue);
    else if (this.#measuredAt - since >= lowMs) this.#backlog.delete(queue);
    else this.#lowSince.set(queue, since);
  }

  #measureIfOld([first]: readonly Ticket[]): void {
    if (first === undefined) return;
    const age = this.#runtime.monotonic() - this.#measuredAt;
    if (age > forgetMs && !this.#measuring) this.#forget();
    const believed = this.room(first.queue) < this.#size / 2 ? fullDepthAgeMs : depthAgeMs;
    if (age > believed && !this.#measuring) void this.#measureQuietly();
  }

  #forget(): void {
    this.#backlog.clear();
    for (const queue of queueNames) this.#depth.set(queue, 0);
  }

  async #measureQuietly(): Promise<void> {
    this.#measuring = true;
    try {
      await this.measure();
    } catch (error) {
      this.#measuredAt = this.#runtime.monotonic(); // an unreachable broker is not asked for every ticket
      this.#log('warn', 'broker.unreachable', faultOf(error));
    } finally {
      this.#measuring = false;
    }
  }
}
