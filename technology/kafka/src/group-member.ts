import { isWaybillError, pause, Sleepers, type WaybillError } from '@waybill/core';
import type { Committed, GroupLink, GroupOutcome, GroupShare, Joined, Membership } from './kafka-client.ts';

/** What a member does with its membership. */
export interface MemberRole {
  /** What the one who shares out must know of this member. Asked at each join. */
  about(): Buffer;
  /** Of the leader: everybody's share, by member. */
  shareOut(members: NonNullable<Joined['members']>): ReadonlyMap<string, GroupShare>;
  assigned(share: Buffer, membership: Membership): void;
  /** This member has been given up: whatever it held is somebody else's. */
  lost(): void;
  /** This member is about to have the group shared out anew: the others may want to hear of it. */
  joining(): void;
}

export interface MemberOptions {
  readonly topics: readonly string[];
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceMs: number;
}

const failurePauseMs = 100;
/** When to ask again after a hint that the group changes, which may be ahead of the change. */
const checksMs = [0, 10, 40, 160];

/** Keeps one membership of a Kafka consumer group alive, and joins again whenever the group is shared out anew. */
export class GroupMember {
  readonly #link: GroupLink;
  readonly #role: MemberRole;
  readonly #options: MemberOptions;
  readonly #closing = new AbortController();
  #memberId = '';
  #membership: Membership | undefined;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #failure: WaybillError | undefined;
  #rejoin = false;
  #checks: number[] = [];
  readonly #sleepers = new Sleepers();
  #running: Promise<void> | undefined;

  constructor(link: GroupLink, role: MemberRole, options: MemberOptions) {
    this.#link = link;
    this.#role = role;
    this.#options = options;
  }

  get membership(): Membership | undefined {
    return this.#membership;
  }

  /** Why this is no member just now, where it is for the network or the server. */
  get failure(): WaybillError | undefined {
    return this.#failure;
  }

  /** Whether Kafka cannot have given this member up yet, whatever the network does. */
  get isAlive(): boolean {
    return performance.now() - this.#aliveAt < this.#options.sessionMs;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Has the group shared out anew. */
  rejoin(): void {
    this.#rejoin = true;
    this.#sleepers.wake();
  }

  /** The group may be changing: asks, a few times, since the hint may be early. */
  check(): void {
    this.#checks = [...checksMs];
    this.#sleepers.wake();
  }

  async commit(commits: readonly Committed[]): Promise<GroupOutcome> {
    return this.#membership === undefined ? 'lost' : this.#link.commit(this.#membership, commits);
  }

  /** Leaves, so that the others need not wait for the session to end. */
  async close(): Promise<void> {
    this.#closing.abort();
    try {
      if (this.#memberId !== '') await this.#link.leave(this.#memberId);
    } catch (error) {
      if (!isWaybillError(error)) throw error; // the session ends by itself
    } finally {
      await this.#link.close();
      await this.#running;
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        if (await this.#join()) await this.#stay();
      } catch (error) {
        if (!isWaybillError(error)) throw error;
        this.#failure = error;
        if (!this.isAlive) this.#lose();
        await pause(failurePauseMs, signal);
      }
    }
  }

  async #join(): Promise<boolean> {
    const isFirst = this.#rejoin || this.#membership === undefined;
    this.#rejoin = false;
    this.#checks = [];
    const { topics, sessionMs, rebalanceMs } = this.#options;
    const about = this.#role.about();
    if (isFirst && this.#memberId !== '') this.#role.joining();
    const joined = await this.#link.join({ memberId: this.#memberId, topics, about, sessionMs, rebalanceMs });
    if (typeof joined === 'string') return this.#failed(joined);
    this.#memberId = joined.memberId;
    this.#failure = undefined;
    if (joined.generation < 0 || this.#closing.signal.aborted) return false;
    this.#aliveAt = performance.now();
    const shares =
      joined.members === undefined ? new Map<string, GroupShare>() : this.#role.shareOut(joined.members);
    const share = await this.#link.sync(joined, shares);
    if (typeof share === 'string') return this.#failed(share);
    this.#aliveAt = performance.now();
    this.#membership = { memberId: joined.memberId, generation: joined.generation };
    if (!this.#closing.signal.aborted) this.#role.assigned(share, this.#membership);
    return true;
  }

  /** Until the group is to be shared out anew. */
  async #stay(): Promise<void> {
    while (!this.#closing.signal.aborted && !this.#rejoin && this.#membership !== undefined) {
      await this.#sleepers.sleep(this.#checks.shift() ?? this.#options.heartbeatMs, this.#closing.signal);
      if (this.#closing.signal.aborted || this.#rejoin) return;
      const asked = performance.now();
      const outcome = await this.#link.heartbeat(this.#membership);
      if (outcome === 'ok') this.#aliveAt = asked;
      else {
        this.#failed(outcome);
        return;
      }
    }
  }

  #failed(outcome: GroupOutcome): false {
    if (outcome === 'lost') this.#lose();
    return false;
  }

  #lose(): void {
    this.#memberId = '';
    this.#membership = undefined;
    this.#aliveAt = Number.NEGATIVE_INFINITY;
    this.#role.lost();
  }
}
