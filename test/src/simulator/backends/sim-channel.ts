import {
  type Arrived,
  type ChannelCapabilities,
  ConnectionError,
  type Delivery,
  lend,
  type Message,
  type MessageChannel,
  type Subscription,
} from '@waybill/core';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import type { ChannelBackend } from './channel-backend.ts';

/** One process's client of the simulated channel. */
export class SimChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities = {
    durability: 'none',
    shared: true,
    replay: false,
    redelivery: false,
  };
  readonly #backend: ChannelBackend;
  readonly #link: Link;
  readonly #process: SimProcess;

  constructor(backend: ChannelBackend, link: Link, process: SimProcess) {
    this.#backend = backend;
    this.#link = link;
    this.#process = process;
    process.onDeath(() => backend.bury(process.name));
  }

  publish(messages: readonly Message[]): Promise<void> {
    const parts = messages.map((message) => () => this.#backend.publish(message, this.#process.name));
    return this.#link.call({
      name: 'publish',
      about: () => messages.map(({ subject }) => subject).join(' '),
      apply: () => parts.forEach((part) => part()),
      parts,
    });
  }

  async *subscribe({ subject, group, signal, onReady }: Subscription): AsyncIterable<Delivery<Arrived>> {
    const arrived: Message[] = [];
    let isBroken = false;
    let wake = (): void => undefined;
    const subscriber = {
      by: this.#process.name,
      pattern: subject,
      group,
      receive: (message: Message) =>
        this.#process.after(0, () => {
          arrived.push(message);
          wake();
        }),
      end: () =>
        this.#process.after(0, () => {
          isBroken = true;
          wake();
        }),
    };
    const leave = await this.#link.call({
      name: 'subscribe',
      about: () => subject,
      // A connection does not outlive its process, even if its last request does.
      apply: () => (this.#process.isAlive ? this.#backend.subscribe(subscriber) : () => false),
    });
    const aborted = (): void => wake();
    signal.addEventListener('abort', aborted, { once: true });
    try {
      onReady?.();
      while (!signal.aborted) {
        const message = arrived.shift();
        if (message !== undefined) yield lend(message, () => Promise.resolve());
        else if (isBroken) throw new ConnectionError('the channel is gone');
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      leave();
      signal.removeEventListener('abort', aborted);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
