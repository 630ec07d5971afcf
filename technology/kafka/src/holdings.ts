import { isWaybillError, pause } from '@waybill/core';
import type { EndNote } from './group-note.ts';
import { HeldPartition, type Progress } from './held-partition.ts';
import type { Fetched, KafkaClient, KafkaRecord, Place } from './kafka-client.ts';
import { nameOf } from './place-name.ts';
import { readNote } from './progress-note.ts';
import { Reader } from './reader.ts';
import { isUnknownTopic } from './translate-error.ts';

export interface HoldingsOptions<T> {
  readonly client: KafkaClient;
  readonly groupId: string;
  /** Where a group begins that has committed nothing yet. */
  readonly begin: 'start' | 'end';
  decode(record: KafkaRecord, place: Place): T | undefined;
  /** A topic is gone: has it made anew. */
  restore(): Promise<void>;
  onReady(topic: string): void;
  /** Whether this member is none of the group any more. */
  isGone(holder: string): boolean;
  /** What was heard of loans of a partition before it was held here. */
  endsOf(name: string): Iterable<EndNote>;
  /** A partition is held from now on. */
  onHeld(name: string): void;
  /** What was to be taken over is held. */
  onTakenOver(): void;
}

interface Held<T> {
  readonly partition: HeldPartition<T>;
  readonly reader: Reader;
}

const readAhead = 2_000;
const failurePauseMs = 100;

/** The partitions that this process holds, each with its reader. */
export class Holdings<T> {
  readonly #options: HoldingsOptions<T>;
  readonly #held = new Map<string, Held<T>>();
  readonly #ending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #restoring: Promise<void> | undefined;

  constructor(options: HoldingsOptions<T>) {
    this.#options = options;
  }

  get(name: string): HeldPartition<T> | undefined {
    return this.#held.get(name)?.partition;
  }

  *all(): Generator<[name: string, partition: HeldPartition<T>]> {
    for (const [name, { partition }] of this.#held) yield [name, partition];
  }

  *of(topic: string): Generator<HeldPartition<T>> {
    for (const { partition } of this.#held.values()) if (partition.place.topic === topic) yield partition;
  }

  /** Goes on there, with what is known of it. */
  hold({ topic, partition: index }: Place, progress: Progress): void {
    const place = { topic, partition: index };
    const name = nameOf(place);
    if (this.#held.has(name)) return;
    const { client, decode, isGone, endsOf, onHeld } = this.#options;
    const partition = new HeldPartition<T>(place, progress, (record) => decode(record, place));
    partition.takeFrom(isGone);
    for (const { offset, kind } of endsOf(name)) partition.endedElsewhere(offset, kind === 'settled');
    const isFull = (): boolean => partition.over !== undefined || partition.waiting >= readAhead;
    const reader = new Reader(client, {
      positions: () => (isFull() ? [] : [{ ...place, offset: partition.position }]),
      heard: (fetched) => this.#fetched(partition, fetched),
    });
    this.#held.set(name, { partition, reader });
    onHeld(name);
  }

  /** From what was committed last, as their holder is gone, or there was none. */
  takeOver(places: readonly Place[], isOver: () => boolean): void {
    this.#track(this.#takeOver(places, () => isOver() || this.#closing.signal.aborted));
  }

  /** `how`: see `HeldPartition.over`. */
  drop(name: string, how: 'moved' | 'lost'): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    held.partition.over = how;
    this.#held.delete(name);
    this.#track(held.reader.close());
  }

  dropAll(how: 'moved' | 'lost'): void {
    for (const name of [...this.#held.keys()]) this.drop(name, how);
  }

  /** Something was taken from it: there may be room to read on. */
  taken({ place, waiting }: HeldPartition<T>): void {
    if (waiting < readAhead / 2) this.#held.get(nameOf(place))?.reader.nudge();
  }

  /** Resolves when all before this offset is read, or as much as is read ahead; or is late. */
  async caughtUp(partition: HeldPartition<T>, end: number): Promise<void> {
    const deadline = performance.now() + catchUpMs;
    while (partition.position < end && partition.waiting < readAhead && performance.now() < deadline)
      await pause(1);
  }

  /** Reads nothing any more. What is held can still be looked at. */
  async stop(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#held.values()].map(({ reader }) => reader.close()));
  }

  /** Resolves when nothing of it is under way. */
  async close(): Promise<void> {
    await this.stop();
    await Promise.all(this.#ending);
  }

  async #takeOver(places: readonly Place[], isOver: () => boolean): Promise<void> {
    const { client, groupId, begin } = this.#options;
    while (!isOver()) {
      try {
        const commits = await client.committed(groupId, places);
        const known = new Set(commits.map(nameOf));
        const fresh = places.filter((place) => !known.has(nameOf(place)));
        const begins = fresh.length === 0 ? [] : await client.offsets(fresh, begin);
        if (isOver()) return;
        for (const commit of commits) this.hold(commit, readNote(commit));
        for (const { offset, ...place } of begins) this.hold(place, untouched(offset));
        return this.#options.onTakenOver();
      } catch (error) {
        if (!isWaybillError(error)) throw error;
        if (isUnknownTopic(error)) await this.#restoreAtLast();
        await pause(failurePauseMs, this.#closing.signal);
      }
    }
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
    this.drop(nameOf(partition.place), 'lost');
    this.hold(partition.place, untouched(start.offset));
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

  #track(ending: Promise<void>): void {
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}

const catchUpMs = 500;

const untouched = (offset: number): Progress => ({ from: offset, next: offset, open: [], out: [] });
