import type { Closeable } from '@waybill/core';

/** One partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition: the offset of the next record there. */
export interface Position extends Place {
  readonly offset: number;
}

export interface NewRecord extends Place {
  readonly key: string;
  readonly value: string;
}

export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly key: string;
  readonly value: string;
}

/** What one partition answered to a fetch. */
export interface Fetched extends Place {
  readonly outcome: 'records' | 'out-of-range' | 'gone';
  /** In order, each at or after the position that was asked for. */
  readonly records: readonly KafkaRecord[];
  /** The position after what was read; further than the last record where the log has gaps. */
  readonly next: number;
  /** The offset that the next record of the partition will have, as far as this answer knows. */
  readonly end: number;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicFacts {
  readonly partitions: number;
  readonly replication: number;
  /** Those that were asked for. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Where to find an offset: the first one there is, behind the last, or the first at or after an instant. */
export type OffsetAt = 'start' | 'end' | { readonly instant: number };

/** What a group has committed of a partition. */
export interface Committed extends Position {
  readonly note: string;
}

export interface Membership {
  readonly memberId: string;
  readonly generation: number;
}

export interface JoinRequest {
  /** Empty: a new member. */
  readonly memberId: string;
  /** What it reads, for the server's own bookkeeping. */
  readonly topics: readonly string[];
  /** What the one who shares out must know of it. */
  readonly about: Buffer;
  readonly sessionMs: number;
  /** How long the others are waited for. */
  readonly rebalanceMs: number;
}

/** What one member gets. */
export interface GroupShare {
  /** What it holds, for the server's own bookkeeping. */
  readonly places: readonly Place[];
  /** What it is told. */
  readonly share: Buffer;
}

/** `lost`: this member is none of the group any more. `rejoin`: the group is being shared out again. */
export type GroupOutcome = 'ok' | 'lost' | 'rejoin';

/** With a generation below 0: Kafka has given this member its id, and waits for it to join by that. */
export interface Joined extends Membership {
  /** Of the leader, who shares out: what all members said about themselves. Undefined for the others. */
  readonly members: readonly { readonly memberId: string; readonly about: Buffer }[] | undefined;
}

/** The coordinator of one group, as one member talks to it. */
export interface GroupLink extends Closeable {
  join(request: JoinRequest): Promise<Joined | Exclude<GroupOutcome, 'ok'>>;
  /** `shares` is the leader's; the answer is this member's own. */
  sync(
    membership: Membership,
    shares: ReadonlyMap<string, GroupShare>,
  ): Promise<Buffer | Exclude<GroupOutcome, 'ok'>>;
  heartbeat(membership: Membership): Promise<GroupOutcome>;
  leave(memberId: string): Promise<void>;
  /** Refused as `lost` for a membership that is over: nobody commits a partition that was taken from him. */
  commit(membership: Membership, commits: readonly Committed[]): Promise<GroupOutcome>;
}

/** A connection of its own, on which a fetch may wait without keeping other requests waiting. */
export interface FetchLane extends Closeable {
  /**
   * Reads from these positions, and answers at once if any of them has records, else after `waitMs`. Partitions
   * of other leaders than the first one's are left out of the answer, as are those without news.
   */
  fetch(positions: readonly Position[], options: FetchOptions): Promise<readonly Fetched[]>;
}

export interface FetchOptions {
  readonly waitMs: number;
  /** Of all partitions together. One record is answered even if it is larger. */
  readonly maxBytes: number;
}

/**
 * All that the adapters ask of a Kafka client: to put another one in its place, implement this. Every call settles
 * within its deadline, and asks again by itself where the cluster is moving or away. A `ConnectionError` says that
 * nothing has happened, an `InDoubtError` that nobody knows.
 */
export interface KafkaClient extends Closeable {
  /** Resolves when all replicas in sync have all of them, once each and in order per partition. */
  produce(records: readonly NewRecord[]): Promise<void>;
  /** Resolves when the leader has them, perhaps twice. */
  tell(records: readonly NewRecord[]): Promise<void>;
  lane(): FetchLane;
  group(groupId: string): GroupLink;
  offsets(places: readonly Place[], at: OffsetAt): Promise<readonly Position[]>;
  /** Only of those partitions that the group has committed. */
  committed(groupId: string, places: readonly Place[]): Promise<readonly Committed[]>;
  /** Drops what is before these positions. */
  truncate(positions: readonly Position[]): Promise<void>;
  describeTopic(name: string, settings: readonly string[]): Promise<TopicFacts | undefined>;
  /** Does nothing for a topic that exists. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** Name and version of the cluster: `Kafka 4.4`. */
  server(): Promise<string>;
}
