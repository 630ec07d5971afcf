import {
  type Arrived,
  checkSubscription,
  type Coalescer,
  type Delivery,
  lend,
  type Settlement,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import type { Doorbell, SqliteFile } from '@waybill/sqlite';
import { type Ending, type Group, type GroupLedger, laneOf } from './group-ledger.ts';
import { hasBegun, type Listener, type Write } from './listener.ts';
import { type Logged, type MessageLog, toArrived } from './message-log.ts';

export interface GroupParts {
  readonly file: SqliteFile;
  readonly log: MessageLog;
  readonly ledger: GroupLedger;
  readonly lasting: Write;
  readonly bell: Doorbell;
  readonly listener: Listener;
  readonly endings: Coalescer<Ending, undefined>;
  /** Called once, when it is over. */
  readonly onEnd: () => unknown;
}

/** A member takes one message, and twice as many each time while its loop is this quick with them. */
const quickMs = 20;
const mostAtOnce = 64;
/** The bell wakes us; this is for messages that are freed by time. */
const longestSleepMs = 1_000;
const shortestSleepMs = 10;

interface Membership {
  readonly group: Group;
  readonly listener: number;
  readonly hintsAfter: number;
}

/** One member of a group. What it has taken and its loop has not asked for goes back when it ends. */
export class GroupSubscription implements AsyncIterable<Delivery<Arrived>> {
  readonly #parts: GroupParts;
  readonly #stop: AbortSignal;
  readonly #subject: string;
  readonly #begun: Promise<Membership>;
  #taken: Logged[] = [];
  /** Up to here nothing matched but what the group has passed. */
  #scanned = 0;
  #atOnce = 1;
  #takenAt = Number.NEGATIVE_INFINITY;
  #ended: Promise<void> | undefined;

  constructor(parts: GroupParts, subscription: Subscription, stop: AbortSignal) {
    this.#parts = parts;
    this.#stop = stop;
    this.#subject = subscription.subject;
    this.#begun = this.#begin(checkSubscription(subscription, { replay: true }), subscription);
    this.#begun.catch(() => undefined); // the loop throws it
    stop.addEventListener('abort', () => void this.end(), { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Delivery<Arrived>, void> {
    try {
      const membership = await this.#begun;
      while (!this.#stop.aborted) {
        if (this.#taken.length === 0) await this.#takeOrWait(membership);
        const message = this.#stop.aborted ? undefined : this.#taken.shift();
        if (message !== undefined) yield this.#deliver(membership, message);
      }
    } catch (error) {
      if (!this.#stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      await this.end();
      await this.#giveBackTaken(); // what was being taken when it ended
    }
  }

  /** Idempotent. */
  end(): Promise<void> {
    this.#ended ??= this.#leave();
    return this.#ended;
  }

  async #begin(
    pattern: SubjectPattern,
    { subject, group: name = '', onReady }: Subscription,
  ): Promise<Membership> {
    const { listener, ledger, log, lasting } = this.#parts;
    const open = () => ({ group: ledger.open(name, pattern), hintsAfter: log.last() });
    const { id, result } = await listener.join(subject, open, lasting);
    if (this.#ended === undefined) onReady?.();
    return { ...result, listener: id };
  }

  async #takeOrWait(membership: Membership): Promise<void> {
    const { bell } = this.#parts;
    const heard = bell.listen();
    this.#taken = await this.#take(membership);
    if (this.#taken.length > 0 || this.#stop.aborted) return;
    await bell.wait(heard, await this.#sleepMs(membership), this.#stop);
  }

  /** Looks before it takes: nothing new costs no write. */
  async #take({ group, listener, hintsAfter }: Membership): Promise<Logged[]> {
    const { file, ledger } = this.#parts;
    const look = await file.snapshot(() => ledger.look(group, this.#scanned, Date.now()));
    this.#scanned = look.scanned;
    if (!look.isWaiting || this.#stop.aborted) return [];
    const isQuick = performance.now() - this.#takenAt < quickMs;
    this.#atOnce = isQuick ? Math.min(2 * this.#atOnce, mostAtOnce) : 1;
    const max = this.#atOnce;
    const taken = await file.write(() => ledger.take(group, { listener, max, hintsAfter, now: Date.now() }));
    this.#takenAt = performance.now();
    return taken;
  }

  async #sleepMs({ group }: Membership): Promise<number> {
    const { file, ledger } = this.#parts;
    const freeAt = await file.read(() => ledger.freeAt(group));
    const untilFree = freeAt === undefined ? longestSleepMs : freeAt - Date.now();
    return Math.min(Math.max(untilFree, shortestSleepMs), longestSleepMs);
  }

  #deliver({ group, listener }: Membership, message: Logged): Delivery<Arrived> {
    const { cursor, hint } = message;
    const frees = laneOf(message) !== null;
    return lend(toArrived(message), async (settlement) => {
      if (hint) return; // on loan to nobody
      const notBefore = notBeforeOf(settlement);
      await this.#parts.endings.add({
        group: group.id,
        listener,
        cursor,
        frees,
        ...(notBefore && { notBefore }),
      });
    });
  }

  async #leave(): Promise<void> {
    this.#parts.onEnd();
    if (!(await hasBegun(this.#begun))) return;
    await this.#giveBackTaken();
    await this.#parts.listener.leave(this.#subject);
  }

  /** Never rejects: what cannot be given back now is freed when this channel closes or dies. */
  async #giveBackTaken(): Promise<void> {
    if (this.#taken.length === 0) return;
    const { group, listener } = await this.#begun;
    const givenBack = { group: group.id, listener, frees: true, notBefore: Date.now() };
    const endings = this.#taken
      .splice(0)
      .map(({ cursor }) => this.#parts.endings.add({ ...givenBack, cursor }));
    await Promise.allSettled(endings);
  }
}

/** When it may be taken again; `undefined` if never. */
const notBeforeOf = (settlement: Settlement): number | undefined => {
  if (settlement.end === 'commit' || settlement.next.to === 'drop') return undefined;
  return Date.now() + (settlement.next.delayMs ?? 0);
};
