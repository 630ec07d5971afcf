import {
  Alarm,
  type Arrived,
  checkSubscription,
  type Coalescer,
  type Delivery,
  isWaybillError,
  lend,
  type Settlement,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import { type Instants, isTaken } from '@waybill/redis';
import type { Ear } from './bell.ts';
import type { SubscriptionParts } from './broadcast-subscription.ts';
import { luaPattern } from './lua-pattern.ts';
import { Debts } from './debts.ts';
import { fromMessageText } from './message-text.ts';
import { patiently } from './patiently.ts';
import { giveBackScript, joinScript, renewScript, takeScript } from './scripts/group-scripts.ts';

export interface GroupParts extends SubscriptionParts {
  readonly instants: Instants;
  readonly loanMs: number;
  readonly endings: Coalescer<Ending, undefined>;
  /** The whole channel closes. */
  readonly closing: AbortSignal;
}

/** How something on loan ends: for good, or given back after a delay. */
export interface Ending {
  readonly group: string;
  readonly ref: string;
  /** Absent: it is done with. */
  readonly delayMs?: number;
}

/** What was taken by one request. Its instant is its name, and changes when it is renewed; in doubt it has several. */
interface Loan {
  instants: string[];
  left: number;
}

interface Taken {
  readonly ref: string;
  readonly message: Arrived;
  readonly loan: Loan;
}

/** A member takes one message, and twice as many each time while its loop is this quick with them. */
const quickMs = 20;
const mostAtOnce = 64;
/** The bell wakes us; this is for a bell that was lost. */
const longestSleepMs = 5_000;
const mostHints = 256;
/** How long members of a group remember which of them has a hint. */
const hintMs = 10_000;

/** One member of a group. What it has taken and its loop has not asked for goes back when it ends. */
export class GroupSubscription implements Ear {
  readonly pattern: SubjectPattern;
  readonly group: string;
  readonly #parts: GroupParts;
  readonly #onReady: Subscription['onReady'];
  readonly #stop: AbortSignal;
  readonly #alarm = new Alarm();
  readonly #hints: Arrived[] = [];
  readonly #loans = new Set<Loan>();
  readonly #debts: Debts;
  #taken: Taken[] = [];
  #hasEnded = false;
  #joinedAt = '0';
  #atOnce = 1;
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(parts: GroupParts, subscription: Subscription, stop: AbortSignal) {
    const { subject, group = '', onReady } = subscription;
    this.#parts = parts;
    this.#onReady = onReady;
    this.#stop = stop;
    this.pattern = checkSubscription(subscription, { replay: true });
    this.group = JSON.stringify([group, subject]);
    this.#debts = new Debts(parts, this.group);
  }

  ring(): void {
    this.#alarm.ring();
  }

  hint(message: Arrived): void {
    void this.#claimHint(message);
  }

  async *deliveries(): AsyncGenerator<Delivery<Arrived>, void> {
    try {
      await this.#begin();
      while (!this.#stop.aborted) {
        const hint = this.#hints.shift();
        if (hint !== undefined) yield lend(hint, async () => undefined);
        const taken = this.#taken.shift();
        if (taken !== undefined) yield this.#deliver(taken);
        else if (hint === undefined) await this.#takeOrWait();
      }
    } catch (error) {
      if (!this.#stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      this.#hasEnded = true;
      this.#parts.bell.leave(this);
      await this.#putBackTaken();
      void this.#debts.pay(this.#parts.closing);
    }
  }

  /** Whether its loop has ended and nothing of it is on loan any more. */
  get isOver(): boolean {
    return this.#hasEnded && this.#loans.size === 0 && this.#debts.isEmpty;
  }

  /** Keeps what is on loan here, however long its handler takes. */
  async renew(): Promise<void> {
    if (this.#loans.size === 0) return;
    const { redis, key } = this.#parts;
    const renewed = [...this.#loans].map((loan) => ({ loan, instant: this.#nextInstant() }));
    const pairs = renewed.flatMap(({ loan, instant }) => loan.instants.flatMap((old) => [old, instant]));
    // Without an answer it may have either.
    for (const { loan, instant } of renewed) loan.instants.push(instant);
    const refused = (await redis.run(renewScript, [key], [this.group, ...pairs])) as readonly Buffer[]; // by the script
    const taken = new Set(refused.map(String));
    for (const { loan, instant } of renewed)
      loan.instants = taken.has(instant) ? loan.instants.filter((old) => old !== instant) : [instant];
  }

  /** Gives back whatever is on loan here: its client closes. */
  async giveBack(): Promise<void> {
    const instants = [...[...this.#loans].flatMap((loan) => loan.instants), ...this.#debts.doubts];
    const { redis, key } = this.#parts;
    if (instants.length > 0) await redis.run(giveBackScript, [key], [this.group, ...instants]);
    await this.#debts.putBackAbandoned();
  }

  async #begin(): Promise<void> {
    const { redis, key, bell } = this.#parts;
    await bell.join(this, this.#stop);
    if (this.#stop.aborted) return;
    this.#joinedAt = String(await this.#patiently(() => redis.run(joinScript, [key], [this.group])));
    if (!this.#stop.aborted) this.#onReady?.();
  }

  async #takeOrWait(): Promise<void> {
    this.#alarm.reset();
    const isQuick = performance.now() - this.#takenAt < quickMs;
    this.#atOnce = isQuick ? Math.min(2 * this.#atOnce, mostAtOnce) : 1;
    if (this.#debts.hasAbandoned) await this.#patiently(() => this.#debts.putBackAbandoned());
    const soonMs = await this.#patiently(() => this.#take());
    if (this.#taken.length > 0) this.#takenAt = performance.now();
    else await this.#alarm.wait(Math.min(longestSleepMs, soonMs), this.#stop);
  }

  async #take(): Promise<number> {
    const { redis, key } = this.#parts;
    const exact = this.pattern.isExact ? 1 : 0;
    const instant = this.#nextInstant();
    const { doubts } = this.#debts;
    const sentAt = performance.now();
    const args = [
      this.group,
      instant,
      exact,
      luaPattern(this.pattern),
      this.#atOnce,
      this.#joinedAt,
      ...doubts,
    ];
    this.#debts.ask(instant);
    const reply = await redis.run(takeScript, [key], args);
    this.#debts.answered(instant);
    if (isTaken(reply)) return 0;
    this.#debts.told(doubts, sentAt);
    const loan: Loan = { instants: [instant], left: 0 };
    const [found, soonMs] = reply as unknown as readonly [readonly Buffer[], number]; // by the script
    for (let i = 0; i + 1 < found.length; i += 2) {
      const ref = String(found[i]);
      const cursor = String(Number(ref.slice(0, ref.indexOf('\0'))));
      this.#taken.push({ ref, message: fromMessageText(String(found[i + 1]), cursor), loan });
    }
    loan.left = this.#taken.length;
    if (loan.left > 0) this.#loans.add(loan);
    return soonMs < 0 ? Number.POSITIVE_INFINITY : soonMs;
  }

  /** Whoever of the group is first gets it. */
  async #claimHint(message: Arrived): Promise<void> {
    const { redis, key } = this.#parts;
    const name = `${key}:hint:${this.group}:${message.id}`;
    try {
      if ((await redis.call('SET', [name, 1, 'NX', 'PX', hintMs], { changes: true })) === null) return;
      if (this.#hints.push(message) > mostHints) this.#hints.shift();
      this.#alarm.ring();
    } catch (error) {
      if (!isWaybillError(error)) throw error; // else a lost hint
    }
  }

  #deliver({ ref, message, loan }: Taken): Delivery<Arrived> {
    return lend(message, async (settlement) => {
      try {
        await this.#parts.endings.add({ group: this.group, ref, ...delayOf(settlement) });
      } catch (error) {
        this.#debts.abandon(ref);
        this.#alarm.ring();
        if (this.#hasEnded) void this.#debts.pay(this.#parts.closing);
        throw error;
      } finally {
        this.#settled(loan); // else it would be renewed for ever, and nobody would get it
      }
    });
  }

  #settled(loan: Loan): void {
    if (--loan.left === 0) this.#loans.delete(loan);
  }

  /** Never rejects: what cannot be given back now is owed. */
  async #putBackTaken(): Promise<void> {
    const putBack = this.#taken.splice(0).map(async ({ ref, loan }) => {
      try {
        await this.#parts.endings.add({ group: this.group, ref, delayMs: 0 });
      } catch {
        this.#debts.abandon(ref);
      } finally {
        this.#settled(loan);
      }
    });
    await Promise.all(putBack);
  }

  #nextInstant(): string {
    const { redis, instants, loanMs } = this.#parts;
    return instants.next(redis.serverNow + loanMs);
  }

  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return patiently(this.#parts.requestMs, this.#stop, ask);
  }
}

const delayOf = (settlement: Settlement): { readonly delayMs?: number } =>
  settlement.end === 'commit' || settlement.next.to === 'drop'
    ? {}
    : { delayMs: Math.max(0, settlement.next.delayMs ?? 0) };
