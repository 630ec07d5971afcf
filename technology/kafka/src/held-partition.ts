import type { KafkaRecord, Place } from './kafka-client.ts';

/**
 * How far a partition has been lent out: what a new holder must know to go on exactly there. Everything below `from`
 * is done with, so is everything from there to below `next` that is in neither list, and nothing from `next` on.
 */
export interface Progress {
  readonly from: number;
  readonly next: number;
  /** To be delivered. */
  readonly open: readonly number[];
  /** On loan, and to whom. */
  readonly out: readonly (readonly [offset: number, holder: string])[];
}

export interface Entry<T> {
  readonly offset: number;
  readonly item: T;
}

interface Foreign<T> {
  readonly holder: string;
  readonly item: T;
}

/** One partition that this process holds: what it has read ahead, lent out and got back. */
export class HeldPartition<T> {
  readonly place: Place;
  readonly #decode: (record: KafkaRecord) => T | undefined;
  /** What was inherited and is not read again yet. */
  readonly #open: Set<number>;
  readonly #out: Map<number, string>;
  readonly #inherited: number;
  readonly #lent = new Map<number, T>();
  readonly #foreign = new Map<number, Foreign<T>>();
  #back: Entry<T>[] = [];
  #ready: Entry<T>[] = [];
  /** Of those in `#ready` that have been lent already. */
  #taken = 0;
  #position: number;
  /** The offset behind the last record, as far as Kafka has told. */
  end = -1;
  /** On offer to another member: nothing is lent until that is decided. */
  isFrozen = false;
  /** `moved`: another member goes on where this one was. `lost`: from what was committed last. */
  over: 'moved' | 'lost' | undefined;

  constructor(place: Place, progress: Progress, decode: (record: KafkaRecord) => T | undefined) {
    this.place = place;
    this.#decode = decode;
    this.#position = progress.from;
    this.#inherited = progress.next;
    this.#open = new Set(progress.open);
    this.#out = new Map(progress.out);
  }

  /** Where to read on. */
  get position(): number {
    return this.#position;
  }

  /** Read ahead or given back, and not lent. */
  get waiting(): number {
    return this.#back.length + this.#ready.length - this.#taken;
  }

  get isOnLoanElsewhere(): boolean {
    return this.#foreign.size + this.#out.size > 0;
  }

  get isCaughtUp(): boolean {
    return this.end >= 0 && this.#position >= this.end;
  }

  read(records: readonly KafkaRecord[], next: number, end: number): void {
    for (const record of records) this.#read(record);
    this.#position = Math.max(this.#position, next);
    this.end = end;
  }

  take(max: number): Entry<T>[] {
    const taken = this.#back.splice(0, max);
    while (taken.length < max) {
      const entry = this.#ready[this.#taken];
      if (entry === undefined) break;
      taken.push(entry);
      this.#taken++;
    }
    if (this.#taken > compactAfter) this.#ready = this.#ready.splice(this.#taken);
    if (this.#taken > compactAfter) this.#taken = 0;
    for (const { offset, item } of taken) this.#lent.set(offset, item);
    return taken;
  }

  /** What was lent is done with. */
  settle(offset: number): void {
    this.#lent.delete(offset);
  }

  /** What was lent is to be delivered again, at its place. */
  giveBack(offset: number): void {
    const item = this.#lent.get(offset);
    if (item === undefined || !this.#lent.delete(offset)) return;
    this.#insert({ offset, item });
  }

  /** What another member still had on loan of this partition is done with, or is to be delivered again. */
  endedElsewhere(offset: number, isDone: boolean): void {
    const foreign = this.#foreign.get(offset);
    this.#foreign.delete(offset);
    if (this.#out.delete(offset) && !isDone) this.#open.add(offset);
    if (foreign !== undefined && !isDone) this.#insert({ offset, item: foreign.item });
  }

  /** Delivers what members have on loan who are gone. Answers whether there was any. */
  takeFrom(isGone: (holder: string) => boolean): boolean {
    let any = false;
    for (const [offset, holder] of this.#out) {
      if (!isGone(holder)) continue;
      this.#out.delete(offset);
      this.#open.add(offset);
    }
    for (const [offset, { holder, item }] of this.#foreign) {
      if (!isGone(holder)) continue;
      this.#foreign.delete(offset);
      this.#insert({ offset, item });
      any = true;
    }
    return any;
  }

  /** Forgets what waits below this offset: it was cleared, or Kafka has dropped it. */
  dropBefore(offset: number): void {
    this.#back = this.#back.filter((entry) => entry.offset >= offset);
    this.#ready = this.#ready.slice(this.#taken).filter((entry) => entry.offset >= offset);
    this.#taken = 0;
    for (const map of [this.#foreign, this.#out, this.#open])
      for (const each of map.keys()) if (each < offset) map.delete(each);
    this.#position = Math.max(this.#position, offset);
    this.end = Math.max(this.end, offset);
  }

  /** Everything below is settled, except what `progress` lists. */
  progress(self: string): Progress {
    const waiting = [...this.#back, ...this.#ready.slice(this.#taken)];
    const isReading = this.#position < this.#inherited;
    const first = this.#ready[this.#taken]?.offset ?? this.#position;
    const next = isReading ? this.#inherited : first;
    const open = [...waiting.map(({ offset }) => offset), ...this.#open].filter((offset) => offset < next);
    const out = [
      ...[...this.#lent.keys()].map((offset) => [offset, self] as const),
      ...[...this.#foreign].map(([offset, { holder }]) => [offset, holder] as const),
      ...this.#out,
    ];
    const from = Math.min(next, ...open, ...out.map(([offset]) => offset));
    return { from, next, open, out };
  }

  #read(record: KafkaRecord): void {
    const { offset } = record;
    if (offset < this.#position) return;
    if (offset < this.#inherited) {
      const holder = this.#out.get(offset);
      const isOpen = this.#open.delete(offset);
      this.#out.delete(offset);
      if (holder === undefined && !isOpen) return;
      const item = this.#decode(record);
      if (item === undefined) return;
      if (holder === undefined) this.#ready.push({ offset, item });
      else this.#foreign.set(offset, { holder, item });
      return;
    }
    const item = this.#decode(record);
    if (item !== undefined) this.#ready.push({ offset, item });
  }

  #insert(entry: Entry<T>): void {
    const after = this.#back.findIndex(({ offset }) => offset > entry.offset);
    if (after < 0) this.#back.push(entry);
    else this.#back.splice(after, 0, entry);
  }
}

const compactAfter = 1_000;
