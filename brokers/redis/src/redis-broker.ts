import { randomUUID } from 'node:crypto';
import {
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Coalescer,
  coalesce,
  type Delivery,
  type Demand,
  InDoubtError,
  lend,
  type QueueName,
  queueNames,
  type Settlement,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import {
  type Argument,
  inspectServer,
  Instants,
  isTaken,
  Pace,
  Reader,
  RedisConnection,
  refuseUnsafe,
  type Reply,
  type Script,
} from '@waybill/redis';
import { entryOf, fromEntry, laneOf, letterOf, toEntry } from './entry.ts';
import { declaredCapabilities } from './declared-capabilities.ts';
import { type RedisBrokerOptions, redisBrokerOptions } from './options.ts';
import { acquireScript } from './scripts/acquire-script.ts';
import { enqueueScript } from './scripts/enqueue-script.ts';
import { clearScript, depthScript } from './scripts/queue-scripts.ts';
import { leaveScript, settleScript } from './scripts/settle-script.ts';
import { WakeUps } from './wake-ups.ts';

/** Throws a `ConfigError` for a server that is a replica. */
export const openRedisBroker = async (options: Partial<RedisBrokerOptions> = {}): Promise<RedisBroker> => {
  const complete = redisBrokerOptions.parse(options);
  const redis = await RedisConnection.open(complete);
  try {
    const inspection = await inspectServer(redis, 'tickets');
    refuseUnsafe(inspection);
    return new RedisBroker(redis, complete, inspection.durability);
  } catch (error) {
    await redis.close();
    throw error;
  }
};

/** For a worker with brief tasks one call for dozens of tickets, and not one for each few. */
const betweenEndsMs = 5;

/** How a loan ends. */
interface Ending {
  readonly ref: string;
  /** Absent: it is done with. */
  readonly backInMs: number | undefined;
}

/** Tickets in Redis; see `openRedisBroker`. */
export class RedisBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities;
  readonly #redis: RedisConnection;
  readonly #options: RedisBrokerOptions;
  readonly #key: string;
  readonly #wakeUps: WakeUps;
  /** Of tickets that are done with. */
  readonly #ends: Coalescer<Ending, undefined>;
  /** Of those that go back, and somebody may wait for. */
  readonly #returns: Coalescer<Ending, undefined>;
  /** Acquisitions of which something is still on loan here, by their instants. */
  readonly #loans = new Map<string, number>();
  /** Acquisitions whose answers were lost, and when the last request that could have made them is over. */
  readonly #doubts = new Map<string, number>();
  /** Endings that could not be told, by ref: they are before anything more is taken. */
  readonly #owed = new Map<string, Ending>();
  /** Lent to this process while it waited, for the next acquisition that looks. */
  #handed: Delivery<Ticket>[] = [];
  readonly #pace = new Pace();
  readonly #acquiring = new Set<Promise<unknown>>();
  /** Queues in which there was nothing left, until there may be something although nobody wakes us. */
  readonly #empty = new Map<QueueName, { readonly heard: number; readonly until: number }>();
  readonly #instants = new Instants();
  #closed: Promise<void> | undefined;

  constructor(redis: RedisConnection, options: RedisBrokerOptions, durability: 'process' | 'disk') {
    this.#redis = redis;
    this.#options = options;
    this.#key = `${redis.prefix}:broker`;
    this.#wakeUps = new WakeUps(options, redis, this.#key, (name, ref) => this.#hand(name, ref));
    this.#ends = coalesce((endings) => this.#settleInTurn(endings));
    this.#returns = coalesce((endings) => this.#settle(endings));
    this.capabilities = { ...declaredCapabilities, durability };
  }

  async enqueue(tickets: readonly Ticket[]): Promise<void> {
    this.#refuseClosed();
    for (const ticket of tickets) checkTicket(ticket);
    if (tickets.length === 0) return;
    const lanes = new Map<string, string[]>();
    for (const entry of tickets.map(toEntry)) {
      const lane = lanes.get(laneOf(entry));
      if (lane === undefined) lanes.set(laneOf(entry), [entry]);
      else lane.push(entry);
    }
    const groups = [...lanes].flatMap(([lane, entries]) => [lane, entries.length, ...entries]);
    await this.#repeatable(enqueueScript, [randomUUID(), 2 * this.#options.requestMs, ...groups]);
  }

  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    this.#refuseClosed();
    checkDemand(demand);
    const { wanted, waitMs, signal } = demand;
    const queues = wanted.map(({ queue }) => queue);
    const deadline = performance.now() + waitMs;
    for (;;) {
      const handed = this.#takeHanded(wanted);
      if (handed.length > 0) return handed;
      const { heard } = this.#wakeUps;
      const isLast = performance.now() >= deadline || signal?.aborted === true;
      const loans = !isLast && this.#isKnownEmpty(queues) ? [] : await this.#takeFrom(wanted, heard, !isLast);
      if (loans.length > 0 || isLast) return loans;
      if (performance.now() >= deadline) return this.#endWait(wanted); // a slow answer is not asked for twice
      const until = Math.min(deadline, ...queues.map((queue) => this.#empty.get(queue)?.until ?? 0));
      await this.#wakeUps.wait(heard, queues, until - performance.now(), signal);
      if (signal?.aborted || this.#closed !== undefined) return this.#endWait(wanted);
    }
  }

  async depth(): Promise<ReadonlyMap<QueueName, number>> {
    this.#refuseClosed();
    const reply = await this.#redis.run(depthScript, [this.#key], queueNames.map(letterOf));
    const counts = reply as readonly number[]; // by the script
    return new Map(queueNames.map((queue, i) => [queue, counts[i] ?? 0]));
  }

  async clear(queues: readonly QueueName[]): Promise<void> {
    this.#refuseClosed();
    for (const queue of queues) checkQueue(queue);
    if (queues.length > 0) await this.#repeatable(clearScript, queues.map(letterOf));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#wakeUps.stop();
    await Promise.allSettled(this.#acquiring);
    await this.#wakeUps.close();
    try {
      await Promise.all([this.#ends.idle(), this.#returns.idle()]);
      if (this.#owed.size > 0) await this.#settle([...this.#owed.values()]);
      const left = [...this.#loans.keys(), ...this.#doubts.keys()];
      if (left.length > 0) await this.#redis.run(leaveScript, [this.#key], [this.#wakeUps.waiter, ...left]);
    } catch (error) {
      if (!(error instanceof InDoubtError) && !isConnectionError(error)) throw error;
      // They go back by themselves when their loans end.
    } finally {
      await this.#redis.close();
    }
  }

  /** Somebody here waits for it; if not any more, others may have it. */
  #hand(name: string, ref: string): void {
    const [loan] = this.#lend(name, [ref]);
    if (loan === undefined) return;
    this.#handed.push(loan);
    if (this.#wakeUps.wake(loan.item.queue) || this.#closed !== undefined) return;
    this.#handed = this.#handed.filter((each) => each !== loan);
    loan.rollback({ to: 'retry' }).catch(() => undefined); // it is made good before anything more is taken
  }

  #takeHanded(wanted: Demand['wanted']): readonly Delivery<Ticket>[] {
    return wanted.flatMap(({ queue, max }) => {
      const taken = this.#handed.filter(({ item }) => item.queue === queue).slice(0, max);
      if (taken.length > 0) this.#handed = this.#handed.filter((each) => !taken.includes(each));
      return taken;
    });
  }

  /** Without a ticket, unless one was lent before the server could know. */
  #endWait(wanted: Demand['wanted']): readonly Delivery<Ticket>[] {
    if (this.#closed !== undefined) return [];
    const handed = this.#takeHanded(wanted);
    if (handed.length === 0) this.#wakeUps.leave();
    return handed;
  }

  /** As when a demand has just been met by one queue, and the next one asks for the others. */
  #isKnownEmpty(queues: readonly QueueName[]): boolean {
    const { heard } = this.#wakeUps;
    const now = performance.now();
    const isEmpty = (queue: QueueName): boolean => {
      const known = this.#empty.get(queue);
      return known?.heard === heard && known.until > now;
    };
    return this.#wakeUps.listensTo(queues) && queues.every(isEmpty);
  }

  async #takeFrom(
    wanted: Demand['wanted'],
    heard: number,
    waits: boolean,
  ): Promise<readonly Delivery<Ticket>[]> {
    const { loans, soonMs } = await this.#take(wanted, waits);
    const until = performance.now() + soonMs;
    const found = Map.groupBy(loans, ({ item }) => item.queue);
    for (const { queue, max } of wanted) {
      if ((found.get(queue)?.length ?? 0) < max) this.#empty.set(queue, { heard, until });
      else this.#empty.delete(queue);
    }
    return loans;
  }

  /** With `waits` the server knows that we do where it has nothing. */
  #take(wanted: Demand['wanted'], waits: boolean): Promise<Taken> {
    const taking = this.#takeNow(wanted, waits);
    this.#acquiring.add(taking);
    const over = (): void => void this.#acquiring.delete(taking);
    taking.then(over, over);
    return taking;
  }

  async #takeNow(wanted: Demand['wanted'], waits: boolean): Promise<Taken> {
    const deadline = performance.now() + this.#options.requestMs;
    if (this.#owed.size > 0) await this.#settle([...this.#owed.values()]);
    const queues = wanted.flatMap(({ queue, max }) => [letterOf(queue), max]);
    for (;;) {
      const name = this.#instants.next(this.#redis.serverNow + this.#options.loanMs);
      const doubts = [...this.#doubts.keys()];
      const asked = performance.now();
      try {
        const waiting = this.#wakeUps.ask(waits);
        const args = [name, ...waiting.args, doubts.length, ...doubts, ...queues];
        const reply = await this.#redis.run(acquireScript, [this.#key], args, deadline - performance.now());
        if (isTaken(reply)) continue;
        this.#resolve(doubts, asked);
        const reader = new Reader(reply as Buffer); // by the script
        reader.array(); // of these two
        const refs: string[] = [];
        for (let left = reader.array(); left > 0; left--) refs.push(reader.text());
        waiting.answered(refs.length === 0);
        const soonMs = reader.int();
        return { loans: this.#lend(name, refs), soonMs: soonMs < 0 ? Number.POSITIVE_INFINITY : soonMs };
      } catch (error) {
        const isInDoubt = error instanceof InDoubtError;
        if (isInDoubt) this.#doubts.set(name, performance.now() + 2 * this.#options.requestMs);
        if (isInDoubt && performance.now() < deadline) continue;
        this.#wakeUps.leave(); // it may be known to wait
        throw error;
      }
    }
  }

  #lend(name: string, refs: readonly string[]): Delivery<Ticket>[] {
    if (refs.length > 0) this.#loans.set(name, refs.length);
    return refs.map((ref) => {
      return lend(fromEntry(entryOf(ref)), async (settlement) => {
        this.#refuseClosed();
        const left = (this.#loans.get(name) ?? 0) - 1;
        if (left > 0) this.#loans.set(name, left);
        else this.#loans.delete(name);
        const backInMs = backInMsOf(settlement);
        await (backInMs === undefined ? this.#ends : this.#returns).add({ ref, backInMs });
      });
    });
  }

  /** Alone an ending is told at once. Nobody works faster for being told of it sooner: many go together. */
  async #settleInTurn(endings: readonly Ending[]): Promise<readonly undefined[]> {
    await this.#pace.next(betweenEndsMs);
    return this.#settle(endings);
  }

  async #settle(endings: readonly Ending[]): Promise<readonly undefined[]> {
    const done: string[] = [];
    const back: Argument[] = [];
    for (const { ref, backInMs } of endings) {
      if (backInMs === undefined) done.push(ref);
      else back.push(ref, backInMs);
    }
    try {
      await this.#repeatable(settleScript, [done.length, ...done, ...back]);
    } catch (error) {
      for (const ending of endings) this.#owed.set(ending.ref, ending);
      throw error;
    }
    for (const { ref } of endings) this.#owed.delete(ref);
    return endings.map(() => undefined);
  }

  /** For requests that do nothing if they have been carried out already: asks until there is an answer. */
  async #repeatable(script: Script, args: readonly Argument[]): Promise<Reply> {
    const deadline = performance.now() + this.#options.requestMs;
    for (;;) {
      try {
        return await this.#redis.run(script, [this.#key], args, deadline - performance.now());
      } catch (error) {
        if (!(error instanceof InDoubtError) || performance.now() >= deadline) throw error;
      }
    }
  }

  /** What was given back by a request sent when no older one could begin any more is in doubt no longer. */
  #resolve(names: readonly string[], asked: number): void {
    for (const name of names) if (asked > (this.#doubts.get(name) ?? 0)) this.#doubts.delete(name);
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the broker is closed');
  }
}

const backInMsOf = (settlement: Settlement): number | undefined =>
  settlement.end === 'commit' || settlement.next.to === 'drop'
    ? undefined
    : Math.max(0, settlement.next.delayMs ?? 0);

interface Taken {
  readonly loans: readonly Delivery<Ticket>[];
  /** When there may be something although nobody wakes us. */
  readonly soonMs: number;
}

const isConnectionError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'WB_CONNECTION';
