import {
  type Closeable,
  type Delivery,
  isWaybillError,
  lend,
  type Settlement,
  type WaybillError,
} from '@waybill/core';
import type { Bell } from './bell.ts';
import { GroupMember, type MemberRole } from './group-member.ts';
import { type Entry, HeldPartition, type Progress } from './held-partition.ts';
import type {
  Committed,
  Fetched,
  GroupShare,
  Joined,
  KafkaClient,
  KafkaRecord,
  Membership,
  Place,
} from './kafka-client.ts';
import { type EndNote, type GroupNote, readGroupNote } from './group-note.ts';
import { pause } from './patiently.ts';
import { nameOf, placeOf } from './place-name.ts';
import { readNote, toNote } from './progress-note.ts';
import { Reader } from './reader.ts';
import { isUnknownTopic } from './translate-error.ts';
import { type About, readAbout, readShare, type Share, shareOut, toBuffer } from './share-out.ts';

export interface SharedPartitionsOptions<T> {
  readonly client: KafkaClient;
  readonly bell: Bell;
  readonly groupId: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
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

interface Held<T> {
  readonly partition: HeldPartition<T>;
  readonly reader: Reader;
}

const readAhead = 2_000;
const commitMs = 100;
const heartbeatMs = 1_000;
const rebalanceMs = 3_000;
/** For so long after a demand there is likely to be another one. */
const idleMs = 25;
/** How often a member says that it has more than it wants. */
const surplusMs = 500;
const failurePauseMs = 100;
const mostEnded = 10_000;

/**
 * The partitions of some topics, shared out among processes by a Kafka consumer group. Each partition has one holder,
 * who lends out what it contains, in order, and commits how far everything is done with. A rebalance hands partitions
 * on with all that is known of them, and changes nothing for those who keep theirs.
 */
export class SharedPartitions<T> implements Closeable {
  readonly #options: SharedPartitionsOptions<T>;
  readonly #names: readonly string[];
  readonly #member: GroupMember;
  readonly #held = new Map<string, Held<T>>();
  readonly #committed = new Map<string, string>();
  readonly #begun = new Set<string>();
  readonly #demand = new Map<string, number>();
  readonly #wantedAt = new Map<string, number>();
  readonly #surplusElsewhere = new Map<string, number>();
  readonly #surplusAt = new Map<string, number>();
  readonly #releasing = new Set<string>();
  /** Ends of loans of partitions that have moved on, of which nobody has heard yet. */
  readonly #owed = new Map<string, EndNote>();
  /** Ends of loans that were heard of lately: whoever takes a partition over may not know of them. */
  readonly #ended = new Map<string, EndNote>();
  readonly #delayed = new Set<NodeJS.Timeout>();
  readonly #closings = new Set<Promise<void>>();
  readonly #stopListening: () => void;
  #members: readonly string[] = [];
  #onLoan = 0;
  #whenIdle: (() => void) | undefined;
  #isRetired = false;
  #joins = 0;
  /** The generation of the last share. */
  #since = -1;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  #ticking: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #restoring: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: SharedPartitionsOptions<T>) {
    this.#options = options;
    const { client, groupId, topics, sessionMs, bell } = options;
    this.#names = topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => nameOf({ topic: name, partition })),
    );
    const role: MemberRole = {
      about: () => toBuffer(this.#about()),
      shareOut: (members) => this.#shareOut(members),
      assigned: (share, membership) => this.#assigned(share, membership),
      lost: () => this.#dropAll('lost'),
      joining: () => this.#ring({ kind: 'joining' }),
    };
    this.#member = new GroupMember(client.group(groupId), role, {
      topics: topics.map(({ name }) => name),
      sessionMs,
      heartbeatMs,
      rebalanceMs,
    });
    this.#stopListening = bell.listen((note) => this.#heard(note));
  }

  /** Joins the group, and takes part from then on. */
  start(): void {
    this.#member.start();
    this.#ticking ??= setInterval(() => this.#tick(), idleMs).unref();
  }

  /** Whether everything in this topic that this process holds and Kafka has told of has been read. */
  isRead(topic: string): boolean {
    return [...this.#of(topic)].every(({ partition }) => partition.end >= 0);
  }

  /** Whether every partition has a place from which the group goes on. */
  async hasBegun(): Promise<boolean> {
    const missing = this.#names.filter((name) => !this.#begun.has(name));
    if (missing.length === 0) return true;
    const places = missing.map(placeOf);
    for (const commit of await this.#options.client.committed(this.#options.groupId, places))
      this.#begun.add(nameOf(commit));
    return this.#names.every((name) => this.#begun.has(name));
  }

  /** Why nothing can be taken just now, where it is for the network or the server. */
  get failure(): WaybillError | undefined {
    return this.#member.failure;
  }

  holds(place: Place): boolean {
    return this.#held.has(nameOf(place)) && this.#member.isAlive;
  }

  /** Something of this topic is wanted, until the answer is called. */
  demand(topic: string): () => void {
    this.#demand.set(topic, (this.#demand.get(topic) ?? 0) + 1);
    if (performance.now() - (this.#surplusElsewhere.get(topic) ?? Number.NEGATIVE_INFINITY) < surplusMs) {
      this.#surplusElsewhere.delete(topic);
      this.#member.rejoin();
    }
    return () => {
      this.#demand.set(topic, (this.#demand.get(topic) ?? 1) - 1);
      this.#wantedAt.set(topic, performance.now());
    };
  }

  /** What there is, in the order of each partition. */
  take(topic: string, max: number): Delivery<T>[] {
    this.#wantedAt.set(topic, performance.now());
    if (!this.#member.isAlive) return []; // others may hold all of it by now
    const loans: Delivery<T>[] = [];
    for (const { partition, reader } of this.#of(topic)) {
      if (loans.length >= max) break;
      if (partition.isFrozen || (!this.#options.handsOn && partition.isOnLoanElsewhere)) continue;
      for (const entry of partition.take(max - loans.length)) loans.push(this.#lend(partition, entry));
      if (partition.waiting < readAhead / 2) reader.nudge();
    }
    return loans;
  }

  /** How many wait in this topic: what this process knows of what it holds, and what others have committed. */
  async depth(topic: string): Promise<number> {
    const { client, groupId, topics } = this.#options;
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? 0;
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const [ends, starts, commits] = await Promise.all([
      client.offsets(places, 'end'),
      client.offsets(places, 'start'),
      client.committed(groupId, places),
    ]);
    let depth = 0;
    for (const end of ends) {
      const name = nameOf(end);
      const own = this.#held.get(name)?.partition;
      const start = starts.find((each) => nameOf(each) === name)?.offset ?? 0;
      if (own !== undefined) {
        await this.#read(own, end.offset);
        depth += Math.max(0, end.offset - Math.max(own.position, start)) + own.waiting;
        continue;
      }
      const commit = commits.find((each) => nameOf(each) === name);
      const far = commit === undefined ? undefined : readNote(commit);
      depth += Math.max(0, end.offset - Math.max(far?.next ?? 0, start)) + (far?.open.length ?? 0);
    }
    return depth;
  }

  /** Drops all that waits in this topic, in this process at once, in the others as soon as they hear of it. */
  async clear(topic: string): Promise<void> {
    const { client, topics } = this.#options;
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? 0;
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const ends = await client.offsets(places, 'end');
    await client.truncate(ends);
    for (const end of ends) {
      this.#held.get(nameOf(end))?.partition.dropBefore(end.offset);
      this.#ring({ kind: 'cleared', name: nameOf(end), offset: end.offset });
    }
  }

  get isOnLoan(): boolean {
    return this.#onLoan > 0;
  }

  /** Lets the others have everything, and closes when nothing is on loan any more. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#onLoan > 0) {
      this.#member.rejoin();
      await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    }
    await this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#whenIdle?.();
    clearInterval(this.#ticking);
    for (const timer of this.#delayed) clearTimeout(timer);
    const progress = this.#progress();
    await Promise.all([...this.#held.values()].map(({ reader }) => reader.close()));
    await this.#committing;
    if (progress.length > 0) await this.#commit(progress);
    await this.#member.close();
    for (const note of this.#owed.values()) this.#ring(note);
    this.#ring({ kind: 'joining' });
    this.#stopListening();
    await Promise.all(this.#closings);
  }

  #lend(partition: HeldPartition<T>, { offset, item }: Entry<T>): Delivery<T> {
    this.#onLoan++;
    return lend(item, async (settlement) => this.#settle(partition, offset, settlement));
  }

  #settle(partition: HeldPartition<T>, offset: number, settlement: Settlement): void {
    if (this.#closed !== undefined) return; // it was left to others
    const isDone = settlement.end === 'commit' || settlement.next.to === 'drop';
    const delayMs =
      settlement.end === 'commit' || settlement.next.to === 'drop' ? 0 : (settlement.next.delayMs ?? 0);
    if (delayMs <= 0) return this.#end(partition, offset, isDone);
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#end(partition, offset, isDone);
    }, delayMs);
    this.#delayed.add(timer);
  }

  /** In the hands of another member by now, the loan ends there, as soon as that one hears of it. */
  #end(partition: HeldPartition<T>, offset: number, isDone: boolean): void {
    this.#onLoan--;
    const name = nameOf(partition.place);
    if (partition.over === 'moved') this.#owe({ kind: isDone ? 'settled' : 'returned', name, offset });
    else if (isDone) partition.settle(offset);
    else partition.giveBack(offset);
    if (this.#onLoan === 0) this.#whenIdle?.();
    this.#options.onReady(partition.place.topic);
  }

  /** Tells it until it is heard: until then the message would wait for as long as this process lives. */
  #owe(note: EndNote): void {
    this.#owed.set(`${note.name} ${note.offset}`, note);
    this.#ring(note);
  }

  #about(): About {
    const keep: string[] = [];
    const offer: Record<string, About['offer'][string]> = {};
    const self = this.#member.membership?.memberId ?? '';
    for (const [name, { partition }] of this.#held) {
      const hasDemand = this.#wants(partition.place.topic);
      partition.isFrozen ||= this.#releasing.has(name) || !hasDemand; // perhaps moved already, as we may not have heard
      if (partition.isFrozen) offer[name] = mutable(partition.progress(self));
      else keep.push(name);
    }
    const want = this.#options.topics.map(({ name }) => name).filter((topic) => this.#wants(topic));
    return { n: ++this.#joins, since: this.#since, keep, offer, want };
  }

  #wants(topic: string): boolean {
    if (this.#isRetired) return false;
    if (!this.#options.handsOn) return true;
    if ((this.#demand.get(topic) ?? 0) > 0) return true;
    return performance.now() - (this.#wantedAt.get(topic) ?? Number.NEGATIVE_INFINITY) < idleMs;
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
    if (share === undefined || this.#closed !== undefined) return this.#dropAll('lost');
    this.#members = share.members;
    this.#since = generation;
    this.#releasing.clear();
    for (const [name, { partition }] of this.#held)
      if (!Object.hasOwn(share.own, name)) this.#drop(name, partition.isFrozen ? 'moved' : 'lost');
    const unknown: Place[] = [];
    for (const [name, progress] of Object.entries(share.own)) {
      const held = this.#held.get(name);
      if (held !== undefined) {
        held.partition.isFrozen = false;
        held.partition.takeFrom((holder) => !share.members.includes(holder));
      } else if (progress === null) unknown.push(placeOf(name));
      else this.#hold(placeOf(name), progress);
    }
    if (unknown.length > 0) this.#track(this.#takeOver(unknown));
    for (const name of share.release) this.#releasing.add(name);
    if (share.release.length > 0) this.#member.rejoin();
    for (const { name } of this.#options.topics) this.#options.onReady(name);
  }

  /** From what was committed last: their holder is gone, or there was none. */
  async #takeOver(places: readonly Place[]): Promise<void> {
    const { client, groupId, begin } = this.#options;
    const joins = this.#joins;
    // Once this member joins again without them, they are given away anew.
    const isOver = (): boolean => this.#joins !== joins || this.#closed !== undefined;
    while (!isOver()) {
      try {
        const commits = await client.committed(groupId, places);
        const known = new Set(commits.map(nameOf));
        const fresh = places.filter((place) => !known.has(nameOf(place)));
        const begins = fresh.length === 0 ? [] : await client.offsets(fresh, begin);
        const all = [...commits, ...begins.map((position) => ({ ...position, note: '' }))];
        if (isOver()) return;
        for (const commit of all) this.#hold(commit, readNote(commit));
        this.#flush();
        return;
      } catch (error) {
        if (!isWaybillError(error)) throw error;
        if (isUnknownTopic(error)) await this.#restoreAtLast();
        await pause(failurePauseMs, this.#closing.signal);
      }
    }
  }

  #hold({ topic, partition: index }: Place, progress: Progress): void {
    const place = { topic, partition: index };
    const name = nameOf(place);
    if (this.#held.has(name)) return;
    const partition = new HeldPartition<T>(place, progress, (record) => this.#options.decode(record, place));
    partition.takeFrom((holder) => !this.#members.includes(holder));
    for (const note of this.#ended.values())
      if (note.name === name) partition.endedElsewhere(note.offset, note.kind === 'settled');
    const reader = new Reader(this.#options.client, {
      positions: () =>
        partition.over !== undefined || partition.waiting >= readAhead
          ? []
          : [{ ...place, offset: partition.position }],
      heard: (fetched) => this.#fetched(partition, fetched),
    });
    this.#held.set(name, { partition, reader });
    this.#committed.delete(name);
  }

  async #fetched(partition: HeldPartition<T>, fetched: Fetched): Promise<void> {
    if (partition.over !== undefined) return;
    if (fetched.outcome === 'records') partition.read(fetched.records, fetched.next, fetched.end);
    else if (fetched.outcome === 'gone') await this.#restore();
    else await this.#reset(partition);
    this.#options.onReady(partition.place.topic);
  }

  /** The log begins later than we have read, as it was cleared; or ends earlier, as it was made anew. */
  async #reset(partition: HeldPartition<T>): Promise<void> {
    const [start] = await this.#options.client.offsets([partition.place], 'start');
    if (start === undefined) return;
    if (start.offset >= partition.position) return partition.dropBefore(start.offset);
    const name = nameOf(partition.place);
    this.#drop(name, 'lost');
    this.#hold(partition.place, { from: start.offset, next: start.offset, open: [], out: [] });
  }

  /** What fails here is tried again. */
  async #restoreAtLast(): Promise<void> {
    try {
      await this.#restore();
    } catch (error) {
      if (!isWaybillError(error)) throw error;
    }
  }

  #restore(): Promise<void> {
    this.#restoring ??= this.#options.restore().finally(() => (this.#restoring = undefined));
    return this.#restoring;
  }

  #drop(name: string, how: 'moved' | 'lost'): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    held.partition.over = how;
    this.#held.delete(name);
    this.#track(held.reader.close());
  }

  #dropAll(how: 'moved' | 'lost'): void {
    for (const name of [...this.#held.keys()]) this.#drop(name, how);
  }

  #track(closing: Promise<void>): void {
    this.#closings.add(closing);
    void closing.finally(() => this.#closings.delete(closing));
  }

  async #read(partition: HeldPartition<T>, end: number): Promise<void> {
    const deadline = performance.now() + 500;
    while (partition.position < end && partition.waiting < readAhead && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#toldAt >= surplusMs) {
      this.#toldAt = now;
      for (const note of this.#owed.values()) this.#ring(note);
    }
    for (const { name } of this.#options.topics) this.#tellSurplus(name, now);
    if (now - this.#flushedAt >= commitMs) this.#flush();
  }

  /** Who waits elsewhere shall hear of what nobody takes here. */
  #tellSurplus(topic: string, now: number): void {
    if (!this.#options.handsOn || this.#members.length < 2 || this.#wants(topic)) return;
    if (now - (this.#surplusAt.get(topic) ?? Number.NEGATIVE_INFINITY) < surplusMs) return;
    if (![...this.#of(topic)].some(({ partition }) => partition.waiting > 0 && !partition.isFrozen)) return;
    this.#surplusAt.set(topic, now);
    this.#ring({ kind: 'surplus', topic });
  }

  #progress(): Committed[] {
    const self = this.#member.membership?.memberId ?? '';
    return [...this.#held.values()].map(({ partition }) => {
      const progress = partition.progress(self);
      return { ...partition.place, offset: progress.from, note: toNote(progress) };
    });
  }

  #flush(): void {
    if (this.#committing !== undefined || this.#closed !== undefined) return;
    this.#flushedAt = performance.now();
    const changed = this.#progress().filter((each) => this.#committed.get(nameOf(each)) !== textOf(each));
    if (changed.length === 0) return;
    this.#committing = this.#commit(changed).finally(() => (this.#committing = undefined));
  }

  async #commit(commits: readonly Committed[]): Promise<void> {
    try {
      if ((await this.#member.commit(commits)) !== 'ok') return;
      for (const each of commits) {
        this.#committed.set(nameOf(each), textOf(each));
        this.#begun.add(nameOf(each));
      }
    } catch (error) {
      if (!isWaybillError(error)) throw error; // the next one says the same and more
    }
  }

  #ring(note: GroupNote): void {
    const { bell, groupId } = this.#options;
    void bell.ring({ group: groupId, by: this.#member.membership?.memberId ?? '', ...note });
  }

  #heard(received: unknown): void {
    const note = readGroupNote(received);
    if (note === undefined || note.group !== this.#options.groupId) return;
    if (note.kind === 'settled' || note.kind === 'returned') this.#owed.delete(`${note.name} ${note.offset}`);
    if (note.by !== '' && note.by === this.#member.membership?.memberId) return;
    switch (note.kind) {
      case 'joining':
        return this.#member.check();
      case 'surplus':
        if ((this.#demand.get(note.topic) ?? 0) > 0) this.#member.rejoin();
        else this.#surplusElsewhere.set(note.topic, performance.now());
        return;
      case 'settled':
      case 'returned':
        return this.#endedElsewhere(note);
      case 'cleared':
        return this.#held.get(note.name)?.partition.dropBefore(note.offset);
    }
  }

  #endedElsewhere(note: EndNote): void {
    this.#ended.set(`${note.name} ${note.offset}`, note);
    if (this.#ended.size > mostEnded) this.#ended.delete(this.#ended.keys().next().value ?? '');
    this.#held.get(note.name)?.partition.endedElsewhere(note.offset, note.kind === 'settled');
    this.#options.onReady(placeOf(note.name).topic);
  }

  *#of(topic: string): Generator<Held<T>> {
    for (const held of this.#held.values()) if (held.partition.place.topic === topic) yield held;
  }
}

const silent: About = { n: 0, since: -1, keep: [], offer: {}, want: [] };

const textOf = ({ offset, note }: Committed): string => `${offset} ${note}`;

const mutable = ({ from, next, open, out }: Progress): About['offer'][string] => ({
  from,
  next,
  open: [...open],
  out: out.map(([offset, holder]) => [offset, holder]),
});
