import {
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
import type { Instants } from '@waybill/redis';
import { Alarm } from './alarm.ts';
import type { Ear } from './bell.ts';
import type { SubscriptionParts } from './broadcast-subscription.ts';
import { luaPattern } from './lua-pattern.ts';
import { fromMessageText } from './message-text.ts';
import { patiently } from './patiently.ts';
import {
  giveBackScript,
  joinScript,
  renewScript,
  settleScript,
  takeScript,
} from './scripts/group-scripts.ts';

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

/** What was taken by one request. Its instant is its name, and changes when it is renewed. */
interface Loan {
  instant: string;
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
const betweenPaymentsMs = 100;
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
  /** Instants of requests without an answer, and when the last of them is over for sure. */
  readonly #doubts = new Map<string, number>();
  /** Their settlement failed: they go back as soon as the server can be reached, as order keeps others waiting. */
  readonly #abandoned = new Set<string>();
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
      void this.#payDebts();
    }
  }

  /** Whether its loop has ended and nothing of it is on loan any more. */
  get isOver(): boolean {
    return this.#hasEnded && this.#loans.size + this.#doubts.size + this.#abandoned.size === 0;
  }

  /** Keeps what is on loan here, however long its handler takes. */
  async renew(): Promise<void> {
    if (this.#loans.size === 0) return;
    const { redis, key } = this.#parts;
    const renewed = [...this.#loans].map((loan) => ({ loan, instant: this.#nextInstant() }));
    const pairs = renewed.flatMap(({ loan, instant }) => [loan.instant, instant]);
    await redis.run(renewScript, [key], [this.group, ...pairs]);
    for (const { loan, instant } of renewed) loan.instant = instant;
  }

  /** Gives back whatever is on loan here: its client closes. */
  async giveBack(): Promise<void> {
    const instants = [...[...this.#loans].map((loan) => loan.instant), ...this.#doubts.keys()];
    const { redis, key } = this.#parts;
    if (instants.length > 0) await redis.run(giveBackScript, [key], [this.group, ...instants]);
    await this.#putBackAbandoned();
  }

  async #begin(): Promise<void> {
    const { redis, key, bell } = this.#parts;
    await bell.join(this);
    this.#joinedAt = String(await this.#patiently(() => redis.run(joinScript, [key], [this.group])));
    if (!this.#stop.aborted) this.#onReady?.();
  }

  async #takeOrWait(): Promise<void> {
    this.#alarm.reset();
    const isQuick = performance.now() - this.#takenAt < quickMs;
    this.#atOnce = isQuick ? Math.min(2 * this.#atOnce, mostAtOnce) : 1;
    if (this.#abandoned.size > 0) await this.#patiently(() => this.#putBackAbandoned());
    const soonMs = await this.#patiently(() => this.#take());
    if (this.#taken.length > 0) this.#takenAt = performance.now();
    else await this.#alarm.wait(Math.min(longestSleepMs, soonMs), this.#stop);
  }

  async #take(): Promise<number> {
    const { redis, key, requestMs } = this.#parts;
    const exact = this.pattern.isExact ? 1 : 0;
    const loan: Loan = { instant: this.#nextInstant(), left: 0 };
    const doubts = [...this.#doubts.keys()];
    const asked = performance.now();
    const args = [
      this.group,
      loan.instant,
      exact,
      luaPattern(this.pattern),
      this.#atOnce,
      this.#joinedAt,
      ...doubts,
    ];
    this.#doubts.set(loan.instant, asked + 2 * requestMs);
    const reply = await redis.run(takeScript, [key], args);
    this.#doubts.delete(loan.instant);
    this.#resolve(doubts, asked);
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
        this.#abandoned.add(ref);
        this.#alarm.ring();
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
        this.#abandoned.add(ref);
      } finally {
        this.#settled(loan);
      }
    });
    await Promise.all(putBack);
  }

  /** After the loop: gives back what others wait for, as soon as the server can be reached. */
  async #payDebts(): Promise<void> {
    const { closing } = this.#parts;
    for (;;) {
      this.#alarm.reset();
      await Promise.allSettled([this.#giveBackDoubts(), this.#putBackAbandoned()]); // what failed is still owed
      if (this.#doubts.size + this.#abandoned.size === 0 || closing.aborted) return;
      await this.#alarm.wait(betweenPaymentsMs, closing);
    }
  }

  #nextInstant(): string {
    const { redis, instants, loanMs } = this.#parts;
    return instants.next(redis.serverNow + loanMs);
  }

  async #putBackAbandoned(): Promise<void> {
    if (this.#abandoned.size === 0) return;
    const { redis, key } = this.#parts;
    const refs = [...this.#abandoned];
    await redis.run(settleScript, [key], [this.group, 0, ...refs.flatMap((ref) => [ref, 0])]);
    for (const ref of refs) this.#abandoned.delete(ref);
  }

  /** What was given back by a request sent when no older one could begin any more is in doubt no longer. */
  #resolve(instants: readonly string[], asked: number): void {
    for (const instant of instants)
      if (asked > (this.#doubts.get(instant) ?? 0)) this.#doubts.delete(instant);
  }

  async #giveBackDoubts(): Promise<void> {
    if (this.#doubts.size === 0) return;
    const { redis, key } = this.#parts;
    const instants = [...this.#doubts.keys()];
    const asked = performance.now();
    await redis.run(giveBackScript, [key], [this.group, ...instants]);
    this.#resolve(instants, asked);
  }

  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return patiently(this.#parts.requestMs, this.#stop, ask);
  }
}

const delayOf = (settlement: Settlement): { readonly delayMs?: number } =>
  settlement.end === 'commit' || settlement.next.to === 'drop'
    ? {}
    : { delayMs: Math.max(0, settlement.next.delayMs ?? 0) };
