import { type Closeable, isWaybillError } from '@waybill/core';
import type { KafkaClient, NewRecord } from './kafka-client.ts';
import { Reader } from './reader.ts';

/** While Kafka is away, the newest are kept. */
const mostNotes = 2_000;
const notesAtOnce = 100;

/**
 * Carries short notes to every process of a namespace, by a topic that all of them read from its end. A note may be
 * lost: it only saves waiting.
 */
export class Bell implements Closeable {
  readonly #client: KafkaClient;
  readonly #topic: string;
  readonly #ears = new Set<(note: unknown, offset: number) => void>();
  readonly #reader: Reader;
  #position: number;
  #notes: NewRecord[] = [];
  #ringing: Promise<void> | undefined;

  static async open(client: KafkaClient, topic: string): Promise<Bell> {
    const [end] = await client.offsets([{ topic, partition: 0 }], 'end');
    return new Bell(client, topic, end?.offset ?? 0);
  }

  private constructor(client: KafkaClient, topic: string, position: number) {
    this.#client = client;
    this.#topic = topic;
    this.#position = position;
    this.#reader = new Reader(client, {
      positions: () => [{ topic, partition: 0, offset: this.#position }],
      heard: async ({ outcome, records, next }) => {
        this.#position = outcome === 'records' ? next : await this.end();
        for (const { value, offset } of records) this.#heard(value, offset);
      },
    });
  }

  /** Hears every note, also its own. Answers how to stop. */
  listen(ear: (note: unknown, offset: number) => void): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  /** The offset of the next note: those before it were rung earlier than now. */
  async end(): Promise<number> {
    const [end] = await this.#client.offsets([{ topic: this.#topic, partition: 0 }], 'end');
    return end?.offset ?? 0;
  }

  /** Resolves when it is rung, or lost. */
  ring(note: object): Promise<void> {
    if (this.#notes.length >= mostNotes) this.#notes.shift();
    this.#notes.push({ topic: this.#topic, partition: 0, key: '', value: JSON.stringify(note) });
    this.#ringing ??= this.#ring();
    return this.#ringing;
  }

  async close(): Promise<void> {
    await this.#ringing;
    await this.#reader.close();
  }

  async #ring(): Promise<void> {
    await Promise.resolve();
    while (this.#notes.length > 0) {
      try {
        await this.#client.tell(this.#notes.splice(0, notesAtOnce));
      } catch (error) {
        if (!isWaybillError(error)) throw error; // a lost note
      }
    }
    this.#ringing = undefined;
  }

  #heard(text: string, offset: number): void {
    const note = parse(text);
    for (const ear of this.#ears) ear(note, offset);
  }
}

/** Anybody who may write to the topic could have written anything. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
