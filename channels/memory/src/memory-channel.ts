import {
  type Arrived,
  type ChannelCapabilities,
  checkMessage,
  checkSubscription,
  ClosedError,
  copyJson,
  type Delivery,
  lend,
  type Message,
  type MessageChannel,
  type Runtime,
  type Settlement,
  type Subscription,
  systemRuntime,
} from '@waybill/core';
import type { Loan } from './loan.ts';
import { MemoryChannelBackend } from './memory-channel-backend.ts';
import type { Source, StartTimer, Taken } from './source.ts';

const what = 'the body of a message';
const giveBack: Settlement = { end: 'rollback', next: { to: 'retry' } };

/** A MessageChannel in the memory of this process. Channels with the same backend are clients of one namespace. */
export class MemoryChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities = {
    durability: 'none',
    shared: false,
    replay: true,
    redelivery: true,
  };
  readonly #backend: MemoryChannelBackend;
  readonly #timer: StartTimer;
  readonly #sources = new Set<Source>();
  readonly #loans = new Set<Loan>();
  #closed = false;

  constructor(backend = new MemoryChannelBackend(), runtime: Pick<Runtime, 'timer'> = systemRuntime()) {
    this.#backend = backend;
    this.#timer = (ms, due) => runtime.timer(ms, due);
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#checkOpen();
    for (const message of messages) checkMessage(message);
    this.#backend.publish(messages.map(ownCopy));
  }

  async *subscribe(subscription: Subscription): AsyncGenerator<Delivery<Arrived>, void, undefined> {
    this.#checkOpen();
    const { signal, onReady } = subscription;
    if (signal.aborted) return;
    const source = this.#sourceFor(subscription);
    const end = (): void => source.end();
    this.#sources.add(source);
    signal.addEventListener('abort', end, { once: true });
    try {
      onReady?.();
      for (;;) {
        const taken = await source.next();
        if (taken === undefined || this.#closed) return;
        if (signal.aborted) return taken.settle(giveBack, this.#timer); // it came in the same moment
        yield this.#lend(taken);
      }
    } finally {
      source.end();
      this.#sources.delete(source);
      signal.removeEventListener('abort', end);
    }
  }

  /** Ends every loop, and gives back what was delivered to groups and is not settled, also by loops that are over. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const source of this.#sources) source.end();
    for (const loan of [...this.#loans]) loan.settle(giveBack, this.#timer);
  }

  #sourceFor(subscription: Subscription): Source {
    const pattern = checkSubscription(subscription, this.capabilities);
    const { group, from } = subscription;
    if (group === undefined) return this.#backend.listen(pattern, from);
    return this.#backend.join(pattern, group, this.#loans);
  }

  #lend(taken: Taken): Delivery<Arrived> {
    const { place, message } = taken.posted;
    const cursor = message.hint ? {} : { cursor: this.#backend.cursor(place) };
    const arrived = { ...message, body: copyJson(message.body, what), ...cursor };
    return lend(arrived, async (settlement) => {
      this.#checkOpen();
      taken.settle(settlement, this.#timer);
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError('the channel is closed');
  }
}

const ownCopy = ({ id, subject, key, body, hint }: Message): Message => ({
  id,
  subject,
  ...(key !== undefined && { key }),
  body: copyJson(body, what),
  ...(hint && { hint }),
});
