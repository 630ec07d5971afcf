import { ClosedError, ConnectionError, InDoubtError, type WaybillError } from '@waybill/core';
import type { ConfirmChannel, Options } from 'amqplib';
import { RabbitChannel } from './rabbit-channel.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import type { Session } from './session.ts';
import { translateError } from './translate-error.ts';

/** A message on its way out. */
export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  /** It need not survive a restart of the server. Default false. */
  readonly fleeting?: boolean;
  /** There must be a queue that it reaches. Default false. */
  readonly mandatory?: boolean;
}

export interface PublisherOptions {
  readonly requestMs: number;
  /** Makes what is published to exist. Called on every new channel, and when the server returns a message. */
  declare(channel: RabbitChannel, deadline: number): Promise<void>;
}

/** Messages of one call, or a part of them: they are sent without a pause, and confirmed together. */
interface Batch {
  readonly messages: readonly Outgoing[];
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: WaybillError) => void;
  unconfirmed: number;
  /** The server found no queue for one of them, or for one like it. */
  returned: boolean;
  settled: boolean;
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
  readonly #connection: RabbitConnection;
  readonly #options: PublisherOptions;
  readonly #unsent: Batch[] = [];
  readonly #sent = new Set<Batch>();
  #channel: ConfirmChannel | undefined;
  #session: Session | undefined;
  #declaring: RabbitChannel | undefined;
  #unconfirmed = 0;
  #preparing = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  constructor(connection: RabbitConnection, options: PublisherOptions) {
    this.#connection = connection;
    this.#options = options;
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
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.#options.requestMs;
      const state = { unconfirmed: messages.length, returned: false, settled: false };
      this.#unsent.push({ messages, deadline, resolve, reject, ...state });
      this.#watch(deadline);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#unsent.length === 0 || this.#preparing) return;
    const channel = this.#channel;
    if (channel === undefined || this.#session?.blockedBy !== undefined) {
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
      for (const { exchange, routingKey, content, ...message } of batch.messages) {
        this.#unconfirmed++;
        channel.publish(exchange, routingKey, content, optionsOf(message), confirmed);
      }
    } catch (error) {
      this.#settle(batch, translateError(error, true)); // the channel ends: its `close` follows
    }
  }

  #confirmed(batch: Batch): void {
    if (--batch.unconfirmed > 0) return;
    if (batch.returned && !batch.settled) this.#again(batch);
    else this.#settle(batch, undefined);
    if (this.#unsent.length > 0) this.#pump();
  }

  /** It was confirmed, but reached no queue: what it goes to is made again, then it is sent again. */
  #again(batch: Batch): void {
    this.#sent.delete(batch);
    batch.returned = false;
    batch.unconfirmed = batch.messages.length;
    this.#unsent.unshift(batch);
    void this.#prepare();
  }

  #settle(batch: Batch, error: WaybillError | undefined): void {
    this.#sent.delete(batch);
    if (batch.settled) return;
    batch.settled = true;
    if (error === undefined) batch.resolve();
    else batch.reject(error);
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
    const deadline = this.#unsent[0]?.deadline ?? performance.now() + this.#options.requestMs;
    let session: Session | undefined;
    try {
      session = await this.#connection.session(deadline);
      if (session.blockedBy !== undefined) {
        await unblocked(session, deadline);
        this.#expire();
        return false;
      }
      const open = this.#session === session ? this.#declaring : undefined;
      const channel = open?.isOver === false ? open : await this.#open(session, deadline);
      await this.#options.declare(channel, deadline);
      return !channel.isOver;
    } catch (error) {
      this.#expire();
      // Lost in between, which is no answer yet. Else whoever waits hears the reason, and the next one tries again.
      if (session?.isOver !== true) this.#refuse(translateError(error, false), deadline);
      return false;
    }
  }

  #refuse(reason: WaybillError, deadline: number): void {
    const isLate = performance.now() >= deadline && reason instanceof ConnectionError;
    if (isLate) return; // those who are not late yet wait on
    for (const batch of this.#unsent.splice(0)) this.#settle(batch, reason);
  }

  async #open(session: Session, deadline: number): Promise<RabbitChannel> {
    const channel = await session.openConfirmChannel(deadline);
    this.#session = session;
    channel.on('return', (message) => this.#returned(message.fields.exchange, message.fields.routingKey));
    channel.on('close', () => this.#lost(channel));
    this.#channel = channel;
    this.#unconfirmed = 0;
    this.#declaring = new RabbitChannel(session, channel);
    return this.#declaring;
  }

  /** It has no mark that tells it from others like it, so all of them are sent again: twice is better than never. */
  #returned(exchange: string, routingKey: string): void {
    for (const batch of this.#sent)
      if (batch.messages.some((each) => each.exchange === exchange && each.routingKey === routingKey))
        batch.returned = true;
  }

  #lost(channel: ConfirmChannel): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#unconfirmed = 0;
    this.#pump();
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
    const blockedBy = this.#connection.current?.blockedBy;
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
    if (late.length > 0 && blockedBy === undefined) this.#session?.drop();
  }
}

const optionsOf = (message: Pick<Outgoing, 'fleeting' | 'mandatory'>): Options.Publish =>
  message.fleeting === true ? fleeting : message.mandatory === true ? mandatory : durable;

const unblocked = (session: Session, deadline: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
    session.onceUnblocked(() => {
      clearTimeout(timer);
      resolve();
    });
  });
