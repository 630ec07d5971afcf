import { type Coalescer, coalesce, ConnectionError, type Settlement } from '@waybill/core';
import type { RabbitChannel } from './rabbit-channel.ts';

/** The server pushes to it until `prefetch` arrivals are unsettled. */
export interface Consumer {
  readonly name: string;
  readonly prefetch: number;
  /** What arrived for it and is not settled. */
  unsettled: number;
  /** Those of them that somebody works on. */
  lent: number;
}

/** Something that arrived, by its place in the order of arrivals. */
interface Ending {
  readonly tag: number;
  readonly isBack: boolean;
}

/** The server gives up a consumer that keeps something for half an hour: what waits longer goes back earlier. */
const longestDelayMs = 60_000;
const mostEndings = 10_000;

/** All that one channel has brought and that is not settled, in the order of arrival. */
export class OnLoan {
  readonly #channel: RabbitChannel;
  readonly #unsettled = new Map<number, Consumer>();
  readonly #endings: Coalescer<Ending, undefined>;
  readonly #delays = new Set<NodeJS.Timeout>();

  constructor(channel: RabbitChannel) {
    this.#channel = channel;
    this.#endings = coalesce(async (endings) => this.#end(endings), mostEndings);
  }

  add(tag: number, consumer: Consumer): void {
    this.#unsettled.set(tag, consumer);
    consumer.unsettled++;
  }

  /** Resolves when the server has been told; it never answers. Rejects if it has taken back everything already. */
  async settle(tag: number, settlement: Settlement): Promise<void> {
    const { next } = settlement.end === 'rollback' ? settlement : { next: undefined };
    if (next?.to !== 'retry') return this.#tell({ tag, isBack: false });
    if (this.#channel.isOver) return; // it went back with the channel
    const delayMs = Math.min(next.delayMs ?? 0, longestDelayMs);
    if (delayMs > 0) return this.#giveBackIn(delayMs, tag);
    return this.#tell({ tag, isBack: true });
  }

  /** Resolves when everything that was settled has been told. */
  async flush(): Promise<void> {
    for (const delay of this.#delays) clearTimeout(delay); // they go back with the channel
    await this.#endings.idle();
  }

  async #tell(ending: Ending): Promise<void> {
    await this.#endings.add(ending);
  }

  #giveBackIn(ms: number, tag: number): void {
    const delay = setTimeout(() => {
      this.#delays.delete(delay);
      if (!this.#channel.isOver) void this.#tell({ tag, isBack: true }).catch(ignoreGone);
    }, ms);
    delay.unref();
    this.#delays.add(delay);
  }

  #end(endings: readonly Ending[]): readonly undefined[] {
    const done = new Set<number>();
    for (const { tag, isBack } of endings) {
      if (!isBack) {
        done.add(tag);
        continue;
      }
      this.#channel.giveBack(tag);
      this.#remove(tag);
    }
    this.#acknowledge(done);
    return endings.map(() => undefined);
  }

  /** As far as there is no gap, one acknowledgement is enough for all. */
  #acknowledge(done: ReadonlySet<number>): void {
    const first: number[] = [];
    for (const tag of this.#unsettled.keys()) {
      if (!done.has(tag)) break;
      first.push(tag);
    }
    const last = first.at(-1);
    if (last !== undefined) this.#channel.acknowledge(last, true);
    for (const tag of first) this.#remove(tag);
    if (first.length === done.size) return;
    for (const tag of done) {
      if (!this.#unsettled.has(tag)) continue;
      this.#channel.acknowledge(tag);
      this.#remove(tag);
    }
  }

  #remove(tag: number): void {
    const consumer = this.#unsettled.get(tag);
    this.#unsettled.delete(tag);
    if (consumer === undefined) return;
    consumer.unsettled--;
    consumer.lent--;
  }
}

/** With the channel everything on it goes back. */
const ignoreGone = (error: unknown): void => {
  if (!(error instanceof ConnectionError)) throw error;
};
