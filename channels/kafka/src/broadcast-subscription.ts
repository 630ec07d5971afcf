import {
  Alarm,
  type Arrived,
  ConnectionError,
  type Delivery,
  isWaybillError,
  lend,
  type Message,
  pause,
  type Subscription,
  type SubjectPattern,
} from '@waybill/core';
import {
  type Bell,
  type FetchLane,
  type KafkaClient,
  type KafkaRecord,
  nameOf,
  placeOf,
} from '@waybill/kafka';
import { readCursor, toCursor } from './cursor.ts';
import { Hints } from './hints.ts';
import { fromMessageText, subjectOf } from './message-text.ts';
import type { Ear, Tail } from './tail.ts';

export interface SubscriptionParts {
  readonly client: KafkaClient;
  readonly tail: Tail;
  readonly bell: Bell;
  readonly pattern: SubjectPattern;
  /** The partitions that may have what matches. */
  readonly names: readonly string[];
  readonly subscription: Subscription;
  readonly stop: AbortSignal;
  readonly requestMs: number;
}

interface Page {
  readonly name: string;
  readonly record: KafkaRecord;
}

/** Records that wait for the loop; beyond that it reads them itself, later. */
const mostWaiting = 1_000;
const pageBytes = 512 * 1024;
const longestSleepMs = 5_000;
const failurePauseMs = 50;

/**
 * One subscriber that gets every message. It is told by the tail what comes in, and reads for itself what is older, or
 * what came while its loop was busy.
 */
export class BroadcastSubscription implements Ear {
  readonly pattern: SubjectPattern;
  readonly #parts: SubscriptionParts;
  readonly #alarm = new Alarm();
  readonly #hints = new Hints();
  /** Up to where records are in `#waiting`. */
  readonly #positions = new Map<string, number>();
  /** Up to where the loop has had them: the cursor. */
  readonly #delivered = new Map<string, number>();
  #waiting: Page[] = [];
  #hintsFrom = Number.POSITIVE_INFINITY;
  #failure: unknown;
  #lane: FetchLane | undefined;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.pattern = parts.pattern;
  }

  heard(name: string, records: readonly KafkaRecord[], next: number): void {
    const position = this.#positions.get(name);
    this.#failure = undefined;
    if (position === undefined || this.#parts.tail.position(name) > position) return this.#alarm.ring(); // behind
    if (position >= next) return;
    if (this.#waiting.length < mostWaiting) this.#append(name, records, next);
    this.#alarm.ring();
  }

  moved(name: string, position: number): void {
    if (this.#positions.has(name)) this.#positions.set(name, position);
    this.#alarm.ring();
  }

  failing(error: unknown, forMs: number): void {
    if (forMs < this.#parts.requestMs) return;
    this.#failure = error;
    this.#alarm.ring();
  }

  hint(message: Arrived, offset: number): void {
    if (offset < this.#hintsFrom) return; // older than this subscription
    this.#hints.push(message);
    this.#alarm.ring();
  }

  async *deliveries(): AsyncGenerator<Delivery<Arrived>, void> {
    const { stop, tail } = this.#parts;
    try {
      await this.#begin();
      while (!stop.aborted) {
        const message = this.#next() ?? this.#hints.shift();
        if (message !== undefined) yield lend(message, async () => undefined);
        else await this.#readOrWait();
      }
    } catch (error) {
      if (!stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      tail.leave(this);
      await this.#lane?.close();
    }
  }

  async #begin(): Promise<void> {
    const { client, tail, bell, names, subscription, stop } = this.#parts;
    const { from = 'now', onReady } = subscription;
    const places = names.map(placeOf);
    const known =
      typeof from === 'object'
        ? readCursor(from.after)
        : { offsets: new Map<string, number>(), at: undefined };
    const [hintsFrom] = await Promise.all([bell.end(), tail.follow(places)]);
    this.#hintsFrom = hintsFrom;
    tail.join(this);
    const others = places.filter((place) => !known.offsets.has(nameOf(place)));
    const at = from === 'now' ? 'end' : known.at === undefined ? 'start' : { instant: known.at };
    const begins = others.length === 0 ? [] : await client.offsets(others, at);
    const offsets = new Map([...begins.map((each) => [nameOf(each), each.offset] as const)]);
    for (const name of names) this.#start(name, known.offsets.get(name) ?? offsets.get(name) ?? 0);
    if (!stop.aborted) onReady?.();
  }

  #start(name: string, offset: number): void {
    this.#positions.set(name, offset);
    this.#delivered.set(name, offset);
  }

  /** The next message that matches. */
  #next(): Arrived | undefined {
    for (;;) {
      const page = this.#waiting.shift();
      if (page === undefined) return undefined;
      const { name, record } = page;
      this.#delivered.set(name, record.offset + 1);
      const message = this.#read(record);
      if (message !== undefined) return { ...message, cursor: toCursor(this.#delivered) };
    }
  }

  #read({ value }: KafkaRecord): Message | undefined {
    const message = fromMessageText(value);
    return message !== undefined && this.pattern.matches(message.subject) ? message : undefined;
  }

  #append(name: string, records: readonly KafkaRecord[], next: number): void {
    const position = this.#positions.get(name) ?? 0;
    for (const record of records)
      if (record.offset >= position && this.pattern.matches(subjectOf(record.key)))
        this.#waiting.push({ name, record });
    this.#positions.set(name, next);
  }

  async #readOrWait(): Promise<void> {
    const { tail, names, stop } = this.#parts;
    this.#alarm.reset();
    if (this.#failure !== undefined) throw this.#failure;
    const behind = names.filter((name) => tail.position(name) > (this.#positions.get(name) ?? 0));
    for (const name of behind) await this.#catchUp(name);
    if (this.#waiting.length === 0 && this.#hints.isEmpty) await this.#alarm.wait(longestSleepMs, stop);
  }

  async #catchUp(name: string): Promise<void> {
    const { client, stop, requestMs } = this.#parts;
    const deadline = performance.now() + requestMs;
    this.#lane ??= client.lane();
    while (!stop.aborted) {
      const position = { ...placeOf(name), offset: this.#positions.get(name) ?? 0 };
      try {
        const [fetched] = await this.#lane.fetch([position], { waitMs: 0, maxBytes: pageBytes });
        if (this.#positions.get(name) !== position.offset) return; // moved meanwhile
        if (fetched?.outcome === 'records') return this.#append(name, fetched.records, fetched.next);
        if (fetched !== undefined) return await this.#restart(name);
      } catch (error) {
        if (!isWaybillError(error) || !(error instanceof ConnectionError) || performance.now() >= deadline)
          throw error;
      }
      await pause(failurePauseMs);
    }
  }

  /** What was to come next is no longer kept. */
  async #restart(name: string): Promise<void> {
    const [start] = await this.#parts.client.offsets([placeOf(name)], 'start');
    this.#positions.set(name, start?.offset ?? 0);
  }
}
