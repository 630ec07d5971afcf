import { ClosedError, ConnectionError, InDoubtError, type WaybillError } from '@waybill/core';
import type { ConfirmChannel, Options } from 'amqplib';
import { Batch, type Outgoing } from './batch.ts';
import { Outlet, type OutletHandlers } from './outlet.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import type { Session } from './session.ts';
import { translateError } from './translate-error.ts';

export interface PublisherOptions extends Pick<OutletHandlers, 'declare'> {
  readonly requestMs: number;
}

/** Messages without a confirm, at most: beyond, they wait here instead of in buffers on the way. */
const window = 2_000;
const mostAtOnce = 1_000;

/** Made once: amqplib reads them for each message. */
const durable: Options.Publish = { deliveryMode: 2 };
const mandatory: Options.Publish = { deliveryMode: 2, mandatory: true };
const fleeting: Options.Publish = { deliveryMode: 1 };

/**
 * Publishes with confirms, in the order of the calls. A confirm that does not come by its deadline is a doubt, not a
 * failure; what could not even be sent, because the server is away or takes no messages, has not happened.
 */
export class Publisher {
  readonly #requestMs: number;
  readonly #outlet: Outlet;
  readonly #unsent: Batch[] = [];
  readonly #sent = new Set<Batch>();
  #unconfirmed = 0;
  #preparing = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  constructor(connection: RabbitConnection, { requestMs, declare }: PublisherOptions) {
    this.#requestMs = requestMs;
    this.#outlet = new Outlet(connection, {
      declare,
      opened: () => (this.#unconfirmed = 0),
      returned: (exchange, routingKey) => this.#returned(exchange, routingKey),
      lost: () => {
        this.#unconfirmed = 0;
        this.#pump();
      },
    });
  }

  /** Resolves when the server has confirmed all of them. */
  async publish(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return;
    if (messages.length <= mostAtOnce) return this.#add(messages);
    const parts = [];
    for (let n = 0; n < messages.length; n += mostAtOnce)
      parts.push(this.#add(messages.slice(n, n + mostAtOnce)));
    await Promise.all(parts);
  }

  /** Takes no more, and waits for what is in flight. Leaves the connection open. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#unsent.length + this.#sent.size > 0)
      await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    clearTimeout(this.#timer);
  }

  #add(messages: readonly Outgoing[]): Promise<void> {
    if (this.#closed) return Promise.reject(new ClosedError('the connection to RabbitMQ is closed'));
    const batch = new Batch(messages, performance.now() + this.#requestMs);
    this.#unsent.push(batch);
    this.#watch(batch.deadline);
    this.#pump();
    return batch.outcome;
  }

  #pump(): void {
    if (this.#unsent.length === 0 || this.#preparing) return;
    const { channel } = this.#outlet;
    if (channel === undefined) {
      void this.#prepare();
      return;
    }
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      if (this.#unconfirmed > 0 && this.#unconfirmed + first.messages.length > window) return;
      this.#unsent.shift();
      this.#send(first, channel);
    }
  }

  #send(batch: Batch, channel: ConfirmChannel): void {
    this.#sent.add(batch);
    const confirmed = (error: unknown): void => {
      this.#unconfirmed--;
      if (error === null) this.#confirmed(batch);
      else this.#settle(batch, translateError(error, true));
    };
    try {
      for (const message of batch.messages) {
        this.#unconfirmed++;
        const { exchange, routingKey, content } = message;
        channel.publish(exchange, routingKey, content, optionsOf(message), confirmed);
      }
    } catch (error) {
      this.#settle(batch, translateError(error, true)); // the channel ends: its `close` follows
    }
  }

  #confirmed(batch: Batch): void {
    if (!batch.confirmOne()) return;
    if (batch.isReturned && !batch.isSettled) this.#again(batch);
    else this.#settle(batch, undefined);
    if (this.#unsent.length > 0) this.#pump();
  }

  /** It was confirmed, but reached no queue: what it goes to is made again, then it is sent again. */
  #again(batch: Batch): void {
    this.#sent.delete(batch);
    batch.again();
    this.#unsent.unshift(batch);
    void this.#prepare();
  }

  #settle(batch: Batch, error: WaybillError | undefined): void {
    this.#sent.delete(batch);
    if (batch.isSettled) return;
    batch.settle(error);
    if (this.#unsent.length + this.#sent.size === 0) this.#whenIdle?.();
  }

  /** Waits until messages can be sent, makes what they go to, and goes on. */
  async #prepare(): Promise<void> {
    if (this.#preparing) return;
    this.#preparing = true;
    try {
      while (this.#unsent.length > 0 && !(await this.#prepared())) continue;
    } finally {
      this.#preparing = false;
    }
    this.#pump();
  }

  async #prepared(): Promise<boolean> {
    const deadline = this.#unsent[0]?.deadline ?? performance.now() + this.#requestMs;
    let session: Session | undefined;
    try {
      session = await this.#outlet.session(deadline);
      if (session.blockedBy === undefined) return await this.#outlet.prepare(session, deadline);
      await unblocked(session, deadline);
      this.#expire();
    } catch (error) {
      this.#expire();
      // Lost in between, which is no answer yet. Else whoever waits hears the reason, and the next one tries again.
      if (session?.isOver !== true) this.#refuse(translateError(error, false), deadline);
    }
    return false;
  }

  #refuse(reason: WaybillError, deadline: number): void {
    const isLate = performance.now() >= deadline && reason instanceof ConnectionError;
    if (isLate) return; // those who are not late yet wait on
    for (const batch of this.#unsent.splice(0)) this.#settle(batch, reason);
  }

  /** It has no mark that tells it from others like it, so all of them are sent again: twice is better than never. */
  #returned(exchange: string, routingKey: string): void {
    for (const batch of this.#sent) if (batch.hasLike(exchange, routingKey)) batch.isReturned = true;
  }

  /** One timer for all: every batch has as long as the others, so that the oldest is due first. */
  #watch(deadline: number): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#expire();
        const next = [...this.#sent, ...this.#unsent].reduce(
          (least, batch) => Math.min(least, batch.deadline),
          Number.POSITIVE_INFINITY,
        );
        if (next < Number.POSITIVE_INFINITY) this.#watch(next);
      },
      Math.max(1, deadline - performance.now()),
    );
  }

  #expire(): void {
    const now = performance.now();
    const { blockedBy } = this.#outlet;
    const because = blockedBy === undefined ? '' : `: it takes no messages, being ${blockedBy}`;
    const facts = blockedBy === undefined ? {} : { facts: { blockedBy } };
    const late = [...this.#sent].filter(({ deadline }) => deadline <= now);
    for (const batch of late)
      this.#settle(
        batch,
        new InDoubtError(`RabbitMQ did not confirm; the outcome is unknown${because}`, facts),
      );
    while ((this.#unsent[0]?.deadline ?? Number.POSITIVE_INFINITY) <= now) {
      const batch = this.#unsent.shift();
      if (batch !== undefined)
        this.#settle(
          batch,
          new ConnectionError(`RabbitMQ was sent nothing${because || ', as it cannot be reached'}`, facts),
        );
    }
    // A server that takes messages and confirms none has lost them, or us.
    if (late.length > 0 && blockedBy === undefined) this.#outlet.drop();
  }
}

const optionsOf = (message: Outgoing): Options.Publish =>
  message.fleeting === true ? fleeting : message.mandatory === true ? mandatory : durable;

const unblocked = (session: Session, deadline: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
    session.onceUnblocked(() => {
      clearTimeout(timer);
      resolve();
    });
  });
