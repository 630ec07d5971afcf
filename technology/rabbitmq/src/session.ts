import { ConnectionError, InDoubtError } from '@waybill/core';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { translateError } from './translate-error.ts';

/** One live connection, until it is lost: then everything on it is gone, and another session begins. */
export class Session {
  readonly #model: ChannelModel;
  readonly #socket: AbortController;
  readonly #ended = Promise.withResolvers<void>();
  #isOver = false;
  #lastError: unknown;
  #blockedBy: string | undefined;
  readonly #onBlocked = new Set<() => void>();
  readonly #onUnblocked = new Set<() => void>();
  readonly #asking = new Set<() => void>();

  constructor(model: ChannelModel, socket: AbortController) {
    this.#model = model;
    this.#socket = socket;
    model.on('error', (error) => (this.#lastError = error));
    model.on('handler-error', (error) => this.#fail(error));
    model.on('blocked', (reason) => this.#block(reason));
    model.on('unblocked', () => this.#unblock());
    model.on('close', (error) => this.#fail(error));
  }

  /** Resolves when the connection is lost or closed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Why the server takes no messages just now: `low on memory`. */
  get blockedBy(): string | undefined {
    return this.#blockedBy;
  }

  /** Name and version, as the server says them. */
  get server(): { readonly product: string; readonly version: string } {
    return this.#model.connection.serverProperties;
  }

  /** Calls back once, as soon as the server takes no messages any more. */
  onceBlocked(callback: () => void): void {
    if (this.#blockedBy === undefined) this.#onBlocked.add(callback);
    else callback();
  }

  /** Calls back once, as soon as messages are taken again or the session is over. */
  onceUnblocked(callback: () => void): void {
    if (this.#blockedBy === undefined || this.#isOver) callback();
    else this.#onUnblocked.add(callback);
  }

  openChannel(deadline: number): Promise<Channel> {
    return this.#listenTo(deadline, () => this.#model.createChannel());
  }

  openConfirmChannel(deadline: number): Promise<ConfirmChannel> {
    return this.#listenTo(deadline, () => this.#model.createConfirmChannel());
  }

  /**
   * One request and its answer. amqplib waits for ever where none comes: after `deadline` the connection is given up, and
   * with the connection ends whatever is asked on it.
   */
  async ask<T>(deadline: number, changes: boolean, request: () => Promise<T>): Promise<T> {
    const unanswered = Promise.withResolvers<never>();
    const lost = (): void => unanswered.reject(noAnswer(changes, this.#lastError));
    const giveUp = (): void => {
      lost();
      this.drop();
    };
    const timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()));
    this.#asking.add(lost);
    try {
      return await Promise.race([request(), unanswered.promise]);
    } catch (error) {
      throw translateError(error, changes);
    } finally {
      clearTimeout(timer);
      this.#asking.delete(lost);
    }
  }

  /** Says goodbye; whatever was sent before is carried out. */
  async close(deadline: number): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.ask(deadline, false, () => this.#model.close());
    } catch {
      // It is gone already, which is what was wanted.
    }
    this.drop();
  }

  /** Ends it at once; what is in flight fails. */
  drop(): void {
    this.#socket.abort();
    this.#fail(undefined);
  }

  async #listenTo<C extends Channel>(deadline: number, open: () => Promise<C>): Promise<C> {
    const channel = await this.ask(deadline, false, open);
    channel.on('error', (error) => (this.#lastError = error)); // its users see `close`
    return channel;
  }

  #fail(error: unknown): void {
    this.#lastError = error ?? this.#lastError;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended.resolve();
    this.#unblock();
    for (const lost of [...this.#asking]) lost();
  }

  #block(reason: string): void {
    this.#blockedBy = reason;
    callOnce(this.#onBlocked);
  }

  #unblock(): void {
    this.#blockedBy = undefined;
    callOnce(this.#onUnblocked);
  }
}

const callOnce = (callbacks: Set<() => void>): void => {
  const all = [...callbacks];
  callbacks.clear();
  for (const callback of all) callback();
};

const noAnswer = (changes: boolean, cause: unknown): Error =>
  changes
    ? new InDoubtError('RabbitMQ did not answer; the outcome is unknown', { cause })
    : new ConnectionError('RabbitMQ did not answer', { cause });
