import type { Waybill } from '@waybill/core';
import { news } from './workload/collections.ts';

/** Hears every message of the workload from the beginning of a run to its end. */
export class Listener {
  /** Ids of messages, each with the task that it says it is of. */
  readonly heard = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #listening: Promise<void>;

  /** Resolves when nothing can be missed any more. */
  static async open(waybill: Waybill): Promise<Listener> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listener = new Listener(waybill, resolve);
    listener.#listening.catch(reject);
    await promise;
    return listener;
  }

  private constructor(waybill: Waybill, onReady: () => void) {
    this.#listening = this.#listen(waybill, onReady);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listening;
  }

  async #listen(waybill: Waybill, onReady: () => void): Promise<void> {
    const { signal } = this.#stop;
    for await (const { item } of waybill.subscribe(news, { signal, onReady })) {
      this.heard.set(item.id, item.body.task);
    }
  }
}
