import type { Closeable, Delivery, WaybillError } from '@waybill/core';
import { backlogOf, type Topic } from './backlog.ts';
import type { Bell } from './bell.ts';
import { Demands } from './demands.ts';
import { GroupMember } from './group-member.ts';
import type { GroupNote } from './group-note.ts';
import { GroupTalk } from './group-talk.ts';
import type { HeldPartition } from './held-partition.ts';
import { Holdings } from './holdings.ts';
import type {
  Committed,
  GroupShare,
  Joined,
  KafkaClient,
  KafkaRecord,
  Membership,
  Place,
} from './kafka-client.ts';
import { Loans } from './loans.ts';
import { nameOf, placeOf } from './place-name.ts';
import { toNote } from './progress-note.ts';
import { ProgressCommitter } from './progress-committer.ts';
import { type About, readAbout, readShare, type Share, shareOut, toBuffer, toOffer } from './share-out.ts';

export interface SharedPartitionsOptions<T> {
  readonly client: KafkaClient;
  readonly bell: Bell;
  readonly groupId: string;
  readonly topics: readonly Topic[];
  readonly sessionMs: number;
  /** Where a group begins that has committed nothing yet. */
  readonly begin: 'start' | 'end';
  /**
   * Whether a member that wants nothing of a topic hands its partitions on to one that does, also with something on
   * loan. Otherwise a member keeps them until it closes, or others have none.
   */
  readonly handsOn: boolean;
  /** Undefined: not for us, and done with at once. */
  decode(record: KafkaRecord, place: Place): T | undefined;
  /** There may be something to take of this topic. */
  onReady(topic: string): void;
  /** A topic is gone: has it made anew. */
  restore(): Promise<void>;
}

const heartbeatMs = 1_000;
const rebalanceMs = 3_000;
const tickMs = 25;
/** How often a member says that it has more than it wants. */
const surplusMs = 500;

/**
 * The partitions of some topics, shared out among processes by a Kafka consumer group. Each partition has one holder,
 * who lends out what it contains, in order, and commits how far everything is done with. A rebalance hands partitions
 * on with all that is known of them, and changes nothing for those who keep theirs.
 */
export class SharedPartitions<T> implements Closeable {
  readonly #options: SharedPartitionsOptions<T>;
  readonly #names: readonly string[];
  readonly #member: GroupMember;
  readonly #talk: GroupTalk;
  readonly #holdings: Holdings<T>;
  readonly #committer: ProgressCommitter;
  readonly #demands = new Demands();
  readonly #loans = new Loans();
  readonly #surplusAt = new Map<string, number>();
  /** What others shall have, as they have none. */
  readonly #releasing = new Set<string>();
  #members: readonly string[] = [];
  #isRetired = false;
  #joins = 0;
  /** The generation of the last share. */
  #since = -1;
  #remindedAt = Number.NEGATIVE_INFINITY;
  #ticking: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SharedPartitionsOptions<T>) {
    this.#options = options;
    const { client, groupId, topics, bell } = options;
    this.#names = topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => nameOf({ topic: name, partition })),
    );
    this.#member = this.#newMember();
    this.#talk = new GroupTalk({
      bell,
      groupId,
      self: () => this.#self,
      heard: (note) => this.#heard(note),
    });
    this.#committer = new ProgressCommitter({
      client,
      groupId,
      progress: () => this.#progress(),
      commit: (commits) => this.#member.commit(commits),
    });
    this.#holdings = new Holdings<T>({
      ...options,
      isGone: (holder) => !this.#members.includes(holder),
      endsOf: (name) => this.#talk.endsOf(name),
      onHeld: (name) => this.#committer.forget(name),
      onTakenOver: () => this.#committer.flush(),
    });
  }

  /** Joins the group, and takes part from then on. */
  start(): void {
    this.#member.start();
    this.#ticking ??= setInterval(() => this.#tick(), tickMs).unref();
  }

  /** Whether everything in this topic that this process holds and Kafka has told of has been read. */
  isRead(topic: string): boolean {
    return [...this.#holdings.of(topic)].every(({ end }) => end >= 0);
  }

  /** Whether every partition has a place from which the group goes on. */
  hasBegun(): Promise<boolean> {
    return this.#committer.haveBegun(this.#names);
  }

  /** Why nothing can be taken just now, where it is for the network or the server. */
  get failure(): WaybillError | undefined {
    return this.#member.failure;
  }

  holds(place: Place): boolean {
    return this.#holdings.get(nameOf(place)) !== undefined && this.#member.isAlive;
  }

  /** Something of this topic is wanted, until the answer is called. */
  demand(topic: string): () => void {
    const end = this.#demands.begin(topic);
    if (this.#demands.takeSurplus(topic)) this.#member.rejoin();
    return end;
  }

  /** What there is, in the order of each partition. */
  take(topic: string, max: number): Delivery<T>[] {
    this.#demands.touch(topic);
    if (!this.#member.isAlive) return []; // others may hold all of it by now
    const loans: Delivery<T>[] = [];
    for (const partition of this.#holdings.of(topic)) {
      if (loans.length >= max) break;
      if (partition.isFrozen || (!this.#options.handsOn && partition.isOnLoanElsewhere)) continue;
      for (const { offset, item } of partition.take(max - loans.length))
        loans.push(this.#loans.lend(item, (isDone) => this.#end(partition, offset, isDone)));
      this.#holdings.taken(partition);
    }
    return loans;
  }

  /** How many wait in this topic, in all processes. */
  async depth(topic: string): Promise<number> {
    const { client, groupId } = this.#options;
    const holdings = this.#holdings;
    return backlogOf(this.#topic(topic), { client, groupId, holdings });
  }

  /** Drops all that waits in this topic, in this process at once, in the others as soon as they hear of it. */
  async clear(topic: string): Promise<void> {
    const { client } = this.#options;
    const { partitions } = this.#topic(topic);
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const ends = await client.offsets(places, 'end');
    await client.truncate(ends);
    for (const end of ends) {
      this.#holdings.get(nameOf(end))?.dropBefore(end.offset);
      this.#talk.tell({ kind: 'cleared', name: nameOf(end), offset: end.offset });
    }
  }

  get isOnLoan(): boolean {
    return this.#loans.areOpen;
  }

  /** Lets the others have everything, and closes when nothing is on loan any more. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.isOnLoan) this.#member.rejoin();
    await this.#loans.none();
    await this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#loans.close();
    await this.#holdings.stop();
    await this.#committer.close();
    await this.#member.close();
    this.#talk.remind();
    this.#talk.tell({ kind: 'joining' });
    this.#talk.close();
    await this.#holdings.close();
  }

  #newMember(): GroupMember {
    const { client, groupId, topics, sessionMs } = this.#options;
    return new GroupMember(
      client.group(groupId),
      {
        about: () => toBuffer(this.#about()),
        shareOut: (members) => this.#shareOut(members),
        assigned: (share, membership) => this.#assigned(share, membership),
        lost: () => this.#holdings.dropAll('lost'),
        joining: () => this.#talk.tell({ kind: 'joining' }),
      },
      { topics: topics.map(({ name }) => name), sessionMs, heartbeatMs, rebalanceMs },
    );
  }

  get #self(): string {
    return this.#member.membership?.memberId ?? '';
  }

  #topic(name: string): Topic {
    return this.#options.topics.find((each) => each.name === name) ?? { name, partitions: 0 };
  }

  #wants(topic: string): boolean {
    if (this.#isRetired) return false;
    return !this.#options.handsOn || this.#demands.wants(topic);
  }

  /** In the hands of another member by now, the loan ends there, as soon as that one hears of it. */
  #end(partition: HeldPartition<T>, offset: number, isDone: boolean): void {
    const name = nameOf(partition.place);
    if (partition.over === 'moved') this.#talk.owe({ kind: isDone ? 'settled' : 'returned', name, offset });
    else if (isDone) partition.settle(offset);
    else partition.giveBack(offset);
    this.#options.onReady(partition.place.topic);
  }

  #about(): About {
    const keep: string[] = [];
    const offer: Record<string, About['offer'][string]> = {};
    for (const [name, partition] of this.#holdings.all()) {
      const isWanted = this.#wants(partition.place.topic);
      partition.isFrozen ||= this.#releasing.has(name) || !isWanted; // perhaps moved already, as we may not have heard
      if (partition.isFrozen) offer[name] = toOffer(partition.progress(this.#self));
      else keep.push(name);
    }
    const want = this.#options.topics.map(({ name }) => name).filter((topic) => this.#wants(topic));
    return { n: ++this.#joins, since: this.#since, keep, offer, want };
  }

  #shareOut(members: NonNullable<Joined['members']>): ReadonlyMap<string, GroupShare> {
    const read = members.map(({ memberId, about }) => ({ id: memberId, about: readAbout(about) ?? silent }));
    const toGroupShare = (share: Share): GroupShare => ({
      places: Object.keys(share.own).map(placeOf),
      share: toBuffer(share),
    });
    return new Map([...shareOut(read, this.#names)].map(([id, share]) => [id, toGroupShare(share)]));
  }

  #assigned(buffer: Buffer, { generation }: Membership): void {
    const share = readShare(buffer);
    if (share === undefined || this.#closed !== undefined) return this.#holdings.dropAll('lost');
    this.#members = share.members;
    this.#since = generation;
    this.#releasing.clear();
    for (const [name, partition] of [...this.#holdings.all()])
      if (!Object.hasOwn(share.own, name)) this.#holdings.drop(name, partition.isFrozen ? 'moved' : 'lost');
    this.#hold(share.own);
    for (const name of share.release) this.#releasing.add(name);
    if (share.release.length > 0) this.#member.rejoin();
    for (const { name } of this.#options.topics) this.#options.onReady(name);
  }

  #hold(own: Share['own']): void {
    const unknown: Place[] = [];
    for (const [name, progress] of Object.entries(own)) {
      const held = this.#holdings.get(name);
      if (held !== undefined) {
        held.isFrozen = false;
        held.takeFrom((holder) => !this.#members.includes(holder));
      } else if (progress === null) unknown.push(placeOf(name));
      else this.#holdings.hold(placeOf(name), progress);
    }
    const joins = this.#joins;
    // Once this member joins again without them, they are given away anew.
    if (unknown.length > 0) this.#holdings.takeOver(unknown, () => this.#joins !== joins);
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#remindedAt >= surplusMs) {
      this.#remindedAt = now;
      this.#talk.remind();
    }
    for (const { name } of this.#options.topics) this.#tellSurplus(name, now);
    this.#committer.tick();
  }

  /** Who waits elsewhere shall hear of what nobody takes here. */
  #tellSurplus(topic: string, now: number): void {
    if (!this.#options.handsOn || this.#members.length < 2 || this.#wants(topic)) return;
    if (now - (this.#surplusAt.get(topic) ?? Number.NEGATIVE_INFINITY) < surplusMs) return;
    if (![...this.#holdings.of(topic)].some(({ waiting, isFrozen }) => waiting > 0 && !isFrozen)) return;
    this.#surplusAt.set(topic, now);
    this.#talk.tell({ kind: 'surplus', topic });
  }

  #progress(): readonly Committed[] {
    return [...this.#holdings.all()].map(([, partition]) => {
      const progress = partition.progress(this.#self);
      return { ...partition.place, offset: progress.from, note: toNote(progress) };
    });
  }

  #heard(note: GroupNote): void {
    switch (note.kind) {
      case 'joining':
        return this.#member.check();
      case 'surplus':
        if (this.#demands.isOpen(note.topic)) this.#member.rejoin();
        else this.#demands.heardOfSurplus(note.topic);
        return;
      case 'settled':
      case 'returned':
        this.#holdings.get(note.name)?.endedElsewhere(note.offset, note.kind === 'settled');
        return this.#options.onReady(placeOf(note.name).topic);
      case 'cleared':
        return this.#holdings.get(note.name)?.dropBefore(note.offset);
    }
  }
}

const silent: About = { n: 0, since: -1, keep: [], offer: {}, want: [] };
