import { type Closeable, isWaybillError, pause } from '@waybill/core';
import type { Fetched, FetchLane, KafkaClient, Position } from './kafka-client.ts';

export interface ReaderHandlers {
  /** From where to read next; of one leader. Empty: nothing for now, until `nudge`. */
  positions(): readonly Position[];
  heard(fetched: Fetched): void | Promise<void>;
  /** Kafka cannot be read from, for so long without a break. */
  failing?(error: unknown, forMs: number): void;
}

/** The longest that one fetch waits. New records end it at once. */
const waitMs = 5_000;
const maxBytes = 512 * 1024;
const failurePauseMs = 100;

/** Reads on and on, on a connection of its own. */
export class Reader implements Closeable {
  readonly #client: KafkaClient;
  readonly #handlers: ReaderHandlers;
  readonly #lane: FetchLane;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #nudged = false;
  #wake: (() => void) | undefined;

  constructor(client: KafkaClient, handlers: ReaderHandlers) {
    this.#client = client;
    this.#handlers = handlers;
    this.#lane = this.#client.lane();
    this.#running = this.#run();
  }

  /** There may be positions again. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    await this.#lane.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // by then whoever made this has it
    const { signal } = this.#closing;
    let failingSince: number | undefined;
    let patienceMs = 0; // the first answer tells what there is, also if that is nothing
    while (!signal.aborted) {
      this.#nudged = false;
      const positions = this.#handlers.positions();
      if (positions.length === 0) {
        await this.#nudge();
        continue;
      }
      try {
        for (const fetched of await this.#lane.fetch(positions, { waitMs: patienceMs, maxBytes }))
          if (!signal.aborted) await this.#handlers.heard(fetched);
        patienceMs = waitMs;
        failingSince = undefined;
      } catch (error) {
        if (!isWaybillError(error)) throw error;
        failingSince ??= performance.now();
        if (!signal.aborted) this.#handlers.failing?.(error, performance.now() - failingSince);
        await pause(failurePauseMs, signal);
      }
    }
  }

  #nudge(): Promise<void> {
    if (this.#nudged || this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
