import type { Arrived, Delivery, MessageChannel, Subscription } from '@waybill/core';
import { within } from '../conformance/time.ts';
import type { ClientNumber } from './clients.ts';

/** A loop that takes whatever comes, at once. */
export interface Listener {
  readonly by: ClientNumber;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

export interface Listening {
  readonly by: ClientNumber;
  readonly channel: MessageChannel;
  readonly subscription: Omit<Subscription, 'signal' | 'onReady'>;
  /** What it throws is a violation. */
  readonly onArrival: (delivery: Delivery<Arrived>) => void;
}

/** The loops of a run, and what they found wrong: they run beside the commands. */
export class Listeners {
  readonly #patienceMs: number;
  readonly #violations: unknown[] = [];
  readonly #live = new Set<Listener>();
  #moved = Promise.withResolvers<void>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Resolves when the channel says that nothing is missed any more. */
  async start({ by, channel, subscription, onArrival }: Listening): Promise<Listener> {
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      const { signal } = stop;
      for await (const delivery of channel.subscribe({ ...subscription, signal, onReady: ready.resolve }))
        this.#note(() => onArrival(delivery));
    };
    const ended = loop().catch((error: unknown) => void this.#violations.push(error));
    await within(this.#patienceMs, 'onReady', Promise.race([ready.promise, ended]));
    this.check();
    const listener: Listener = {
      by,
      stop: async () => {
        stop.abort();
        this.#live.delete(listener);
        await within(this.#patienceMs, 'the loop to end', ended);
      },
    };
    this.#live.add(listener);
    return listener;
  }

  /** The channel of this client is closed: its loops must have ended, without an error. */
  async closed(by: ClientNumber): Promise<void> {
    for (const listener of this.#live) if (listener.by === by) await listener.stop();
    this.check();
  }

  async stopAll(): Promise<void> {
    for (const listener of this.#live) await listener.stop();
  }

  /** Waits until `missing` answers nothing. */
  async settle(missing: () => string | undefined): Promise<void> {
    this.check();
    for (let what = missing(); what !== undefined; what = missing()) {
      await within(this.#patienceMs, what, this.#moved.promise);
      this.check();
    }
  }

  /** Throws the first thing that was wrong. */
  check(): void {
    if (this.#violations.length > 0) throw this.#violations[0];
  }

  #note(arrive: () => void): void {
    try {
      arrive();
    } catch (violation) {
      this.#violations.push(violation);
    }
    const { resolve } = this.#moved;
    this.#moved = Promise.withResolvers();
    resolve();
  }
}
