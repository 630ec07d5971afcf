import type { Closeable } from '@waybill/core';
import { type Fetched, type KafkaClient, type KafkaRecord, nameOf, type Place, Reader } from '@waybill/kafka';

/** One subscription, as far as it is told what comes in. */
export interface Ear {
  /** Records of a partition, from where the tail stands to `next`. */
  heard(name: string, records: readonly KafkaRecord[], next: number): void;
  /** The topic was made anew, or has lost its oldest records. */
  moved(name: string, position: number): void;
  /** Kafka has been away for this long. */
  failing(error: unknown, forMs: number): void;
}

interface Followed {
  readonly reader: Reader;
  position: number;
}

/** Follows the end of all topics, once for all subscriptions of this process. */
export class Tail implements Closeable {
  readonly #client: KafkaClient;
  readonly #restore: () => Promise<void>;
  readonly #followed = new Map<string, Followed>();
  readonly #following = new Map<string, Promise<void>>();
  readonly #ears = new Set<Ear>();
  #closed = false;

  constructor(client: KafkaClient, restore: () => Promise<void>) {
    this.#client = client;
    this.#restore = restore;
  }

  /** Follows these partitions, too. */
  async follow(places: readonly Place[]): Promise<void> {
    await Promise.all(
      places.map((place) => {
        const name = nameOf(place);
        const begun = this.#following.get(name) ?? this.#follow(place);
        this.#following.set(name, begun);
        return begun.catch((error: unknown) => {
          this.#following.delete(name);
          throw error;
        });
      }),
    );
  }

  join(ear: Ear): void {
    this.#ears.add(ear);
  }

  leave(ear: Ear): void {
    this.#ears.delete(ear);
  }

  /** Up to where records of this partition have been told. */
  position(name: string): number {
    return this.#followed.get(name)?.position ?? Number.POSITIVE_INFINITY;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#followed.values()].map(({ reader }) => reader.close()));
  }

  async #follow(place: Place): Promise<void> {
    const name = nameOf(place);
    const [end] = await this.#client.offsets([place], 'end');
    if (this.#closed) return; // a reader that begins now would never be closed
    const followed: Followed = {
      position: end?.offset ?? 0,
      reader: new Reader(this.#client, {
        positions: () => [{ ...place, offset: followed.position }],
        heard: (fetched) => this.#heard(name, followed, fetched),
        failing: (error, forMs) => {
          for (const ear of this.#ears) ear.failing(error, forMs);
        },
      }),
    };
    this.#followed.set(name, followed);
  }

  async #heard(
    name: string,
    followed: Followed,
    { outcome, records, next, ...place }: Fetched,
  ): Promise<void> {
    if (outcome === 'records') {
      for (const ear of this.#ears) ear.heard(name, records, next);
      followed.position = next;
      return;
    }
    if (outcome === 'gone') await this.#restore();
    const [start] = await this.#client.offsets([place], 'start');
    followed.position = start?.offset ?? 0;
    for (const ear of this.#ears) ear.moved(name, followed.position);
  }
}
