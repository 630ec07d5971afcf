import { Backlog, Fifo, type Settlement } from '@waybill/core';
import { Lane } from './lane.ts';
import { Loan } from './loan.ts';
import { Member } from './member.ts';
import type { Posted } from './posted.ts';
import type { Sink } from './routes.ts';
import type { StartTimer, Taken } from './source.ts';

/** Hints beyond this many that wait are dropped. */
const manyWaiting = 1_000;

/** Subscribers that share messages, each message to one of them. Keeps messages also while it has no member. */
export class Group implements Sink {
  /** Every lane of a key that has messages, waiting or on loan. */
  readonly #keyed = new Map<string, Lane>();
  /** The open lanes that nobody holds. */
  readonly #ready = new Backlog<Lane>();
  /** For who listens now: no member, no hints. */
  #hints = new Fifo<Posted>();
  readonly #members = new Set<Member>();
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Member>();

  join(loans: Set<Loan>): Member {
    const member = new Member(this, loans);
    this.#members.add(member);
    return member;
  }

  leave(member: Member): void {
    this.#members.delete(member);
    this.#waiting.delete(member);
    if (this.#members.size === 0) this.#hints = new Fifo();
  }

  offer(posted: Posted): void {
    if (posted.message.hint) return this.#offerHint(posted);
    const lane = this.#laneOf(posted);
    const isNew = lane.messages.first === undefined && lane.onLoan === 0;
    lane.messages.push(posted);
    if (!isNew) return this.#reopen(lane);
    lane.isReady = true;
    this.#ready.push(lane);
    this.#serve();
  }

  /** A hint, or the oldest message that this member may have, on loan from now on. */
  take(member: Member): Taken | undefined {
    const hint = this.#hints.shift();
    if (hint !== undefined) return { posted: hint, settle: () => undefined };
    const lane = this.#oldestFor(member);
    const posted = lane?.messages.take();
    if (lane === undefined || posted === undefined) return undefined;
    lane.isReady = false;
    lane.holder = member;
    lane.onLoan++;
    keepFor(member, lane);
    return new Loan(this, lane, posted, member.loans);
  }

  /** Call only where `take` has just given nothing. */
  wait(member: Member): void {
    this.#waiting.add(member);
  }

  settle({ lane, posted }: Loan, settlement: Settlement, timer: StartTimer): void {
    lane.onLoan--;
    if (settlement.end === 'rollback' && settlement.next.to === 'retry') {
      lane.messages.putBack(posted);
      this.#rest(lane, settlement.next.delayMs ?? 0, timer);
    }
    if (lane.onLoan === 0) this.#release(lane);
    this.#reopen(lane);
  }

  #offerHint(hint: Posted): void {
    if (this.#members.size === 0 || this.#hints.size === manyWaiting) return;
    this.#hints.push(hint);
    this.#serve();
  }

  #laneOf({ message: { subject, key } }: Posted): Lane {
    if (key === undefined) return new Lane(undefined);
    const id = `${subject} ${key}`; // subjects have no spaces
    const present = this.#keyed.get(id);
    if (present !== undefined) return present;
    const lane = new Lane(id);
    this.#keyed.set(id, lane);
    return lane;
  }

  #oldestFor({ lanes }: Member): Lane | undefined {
    const [held] = lanes;
    const free = this.#ready.first;
    return held !== undefined && (free === undefined || held.place < free.place) ? held : this.#ready.take();
  }

  #rest(lane: Lane, ms: number, timer: StartTimer): void {
    if (ms <= 0) return;
    lane.resting++;
    timer(ms, () => {
      lane.resting--;
      this.#reopen(lane);
    });
  }

  #release(lane: Lane): void {
    lane.holder?.lanes.delete(lane);
    lane.holder = undefined;
    if (lane.id !== undefined && lane.messages.first === undefined) this.#keyed.delete(lane.id);
  }

  /** Puts the lane where those look who may take from it now, and lets them. */
  #reopen(lane: Lane): void {
    if (lane.holder !== undefined) keepFor(lane.holder, lane);
    else if (lane.isOpen && !lane.isReady) {
      lane.isReady = true;
      this.#ready.putBack(lane);
    }
    if (lane.isOpen) this.#serve();
  }

  #serve(): void {
    for (const member of this.#waiting) {
      const taken = this.take(member);
      if (taken === undefined) continue;
      this.#waiting.delete(member);
      member.give(taken);
    }
  }
}

const keepFor = ({ lanes }: Member, lane: Lane): void => {
  if (lane.isOpen) lanes.add(lane);
  else lanes.delete(lane);
};
