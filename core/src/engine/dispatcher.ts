import { type QueueName, queueNames, type Ticket } from '../broker.ts';
import type { Stored } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { ticketOf } from './submitter.ts';
import { readyAtOf, priorityOf, type TaskRecord, taskKey, taskOf, tasksCollection } from './task-record.ts';
import { makeAvailable } from './transitions.ts';

const pageSize = 1_000;
/** How much of the head of a queue is looked at with every refill. */
const headSize = 100;
/** A task younger than this has its ticket still on the way. */
const graceMs = 1_000;

/**
 * Makes delayed tasks available when they are due, and keeps tickets in the broker for what is available: those
 * that did not fit the window, those that got lost, all of them after the broker lost everything. Any number of
 * processes may do it: a ticket too many costs one refused claim.
 */
export class Dispatcher {
  readonly #context: EngineContext;
  /** What this process has issued lately, so that a refill does not repeat what still waits in the broker. */
  #issued = new Map<string, Issued>();
  /** And what it issued before that. */
  #issuedBefore: ReadonlyMap<string, Issued> = new Map();
  readonly #backlogged = new Set<QueueName>();
  /** Where the last refill of a longer backlog ended. */
  readonly #places = new Map<QueueName, string>();
  #taken = 0;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Whether the store is known to hold more than the broker has tickets for. */
  get backlogged(): boolean {
    return this.#backlogged.size > 0 || queueNames.some((queue) => this.#context.tickets.declined(queue));
  }

  /**
   * The worker took tickets: with a backlog behind them it may be time to refill. Looked at several times between a full
   * window and a low one, as others take from it too: once it is dry, all of them wait for a sweep.
   */
  took(tickets: number): boolean {
    this.#taken += tickets;
    return this.backlogged && this.#taken >= this.#context.settings.window / 8;
  }

  /** One look at every queue. Answers the instant, by the store, when the next delayed task of any queue is due. */
  async sweep(): Promise<number | undefined> {
    this.#taken = 0;
    await this.#context.points.reach('dispatch.before');
    const next = await Promise.all(queueNames.map((queue) => this.#promote(queue)));
    await this.refill();
    await this.#context.points.reach('dispatch.after');
    const known = next.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Tops up the windows that are running dry. Throws what the store or the broker threw. */
  async refill(): Promise<void> {
    this.#taken = 0;
    const depth = await this.#context.tickets.measure();
    for (const queue of queueNames) await this.#refillQueue(queue, depth.get(queue) ?? 0);
  }

  async #promote(queue: QueueName): Promise<number | undefined> {
    const { clock, tickets } = this.#context;
    for (;;) {
      const now = clock.now();
      const { documents } = await this.#find('delayed', queue, pageSize);
      const records = documents.map(taskOf);
      const due = records.filter((record) => record.at <= now);
      const made = await Promise.all(due.map((record) => this.#makeAvailable(record, now)));
      tickets.offer(due.filter((_, i) => made[i] === true).map(ticketOf));
      if (due.length < pageSize) return records.find((record) => record.at > now)?.at;
    }
  }

  async #makeAvailable(record: TaskRecord, now: number): Promise<boolean> {
    const outcome = await this.#context.committer.commit(makeAvailable(record, now), {
      proof: { key: taskKey(record.tenant, record.id), fields: { phase: 'available', epoch: record.epoch } },
      until: this.#context.runtime.monotonic() + this.#context.settings.requestMs,
    });
    return outcome.result === 'committed';
  }

  /**
   * A look at the head of the queue, for what is urgent or has lost its ticket, then on from where the last refill
   * ended, so that a long backlog is read once.
   */
  async #refillQueue(queue: QueueName, depth: number): Promise<void> {
    const { settings, tickets } = this.#context;
    if (depth > tickets.low) return;
    const room = settings.window - depth;
    const head = await this.#find('available', queue, Math.min(headSize, room));
    const chosen = this.#missing(head, depth);
    // A dry broker may have lost what was issued: then everything is looked at again.
    let place = (depth === 0 ? undefined : this.#places.get(queue)) ?? head.next;
    let last = head.documents.at(-1);
    while (head.next !== undefined && place !== undefined && chosen.length < room) {
      const page = await this.#find('available', queue, Math.min(pageSize, room - chosen.length), place);
      chosen.push(...this.#missing(page, depth));
      place = page.next;
      last = page.documents.at(-1) ?? last;
    }
    if (place === undefined) this.#places.delete(queue);
    else this.#places.set(queue, place);
    if (head.next === undefined || place === undefined) {
      this.#backlogged.delete(queue);
      tickets.accept(queue);
    } else {
      this.#backlogged.add(queue);
      if (last !== undefined) tickets.holdBack(queue, waitingOf(last).priority);
    }
    if (chosen.length === 0) return;
    this.#remember(chosen);
    await tickets.send(chosen);
  }

  #missing({ documents }: FoundPage, depth: number): Ticket[] {
    const now = this.#context.clock.now();
    const monotonic = this.#context.runtime.monotonic();
    const missing: Ticket[] = [];
    for (const document of documents) {
      const task = waitingOf(document);
      if (this.#isMissing(task, { depth, now, monotonic })) missing.push(ticketOf(task));
    }
    return missing;
  }

  /** With an empty broker whatever is available has lost its ticket; else only what was never issued here. */
  #isMissing(
    { id, queue, epoch, at }: Waiting,
    { depth, now, monotonic }: { readonly depth: number; readonly now: number; readonly monotonic: number },
  ): boolean {
    const issued = this.#issued.get(id) ?? this.#issuedBefore.get(id);
    if (issued?.epoch === epoch)
      return monotonic - issued.at > (depth === 0 ? graceMs : this.#context.settings.leaseMs);
    const declined = this.#backlogged.has(queue) || this.#context.tickets.declined(queue);
    return declined || now - readyAtOf(at) >= graceMs;
  }

  /** The last window of them at the least, and up to as many again: the older ones are forgotten as a whole. */
  #remember(tickets: readonly Ticket[]): void {
    if (this.#issued.size >= this.#context.settings.window) {
      this.#issuedBefore = this.#issued;
      this.#issued = new Map();
    }
    let issued: Issued = { epoch: 0, at: this.#context.runtime.monotonic() };
    for (const { taskId, epoch } of tickets) {
      if (issued.epoch !== epoch) issued = { ...issued, epoch };
      this.#issued.set(taskId, issued);
    }
  }

  #find(phase: 'delayed' | 'available', queue: QueueName, limit: number, after?: string): Promise<FoundPage> {
    return this.#context.store.find({
      collection: tasksCollection.name,
      index: 'phase',
      equals: [phase, queue],
      limit,
      ...(after === undefined ? {} : { after }),
      ...(phase === 'available' ? { only: waitingFields } : {}),
    });
  }
}

interface Issued {
  readonly epoch: number;
  /** Monotonic instant. */
  readonly at: number;
}

/** As much of a record as its ticket needs: a long backlog is read without the payloads. */
type Waiting = Pick<TaskRecord, 'id' | 'tenant' | 'queue' | 'priority' | 'epoch' | 'at'>;
const waitingFields = ['queue', 'at', 'epoch'] as const;

/** Only the engine writes these fields, and only so. */
const waitingOf = ({ key: { id, tenant }, fields }: Stored): Waiting => {
  const { queue, at, epoch } = fields as unknown as Pick<TaskRecord, 'queue' | 'at' | 'epoch'>;
  return { id, tenant, queue, priority: priorityOf(at), epoch, at };
};

interface FoundPage {
  readonly documents: readonly Stored[];
  readonly next?: string;
}
