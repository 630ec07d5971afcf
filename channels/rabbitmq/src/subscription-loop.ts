import { type Arrived, type Delivery, isWaybillError, lend, pause, type SubjectPattern } from '@waybill/core';
import {
  type Arrival,
  OnLoan,
  type QueueDeclaration,
  RabbitChannel,
  type RabbitConnection,
} from '@waybill/rabbitmq';
import { fromMessageText } from './message-text.ts';
import type { Line, Source } from './source.ts';
import { bindingKey } from './topology.ts';

export interface LoopParts {
  readonly connection: RabbitConnection;
  readonly requestMs: number;
  readonly pattern: SubjectPattern;
  readonly stop: AbortSignal;
  readonly onReady: (() => void) | undefined;
  /** The exchange of hints, and a queue for those of this subscription; asked again for each line. */
  readonly hints: { readonly exchange: string; queue(): QueueDeclaration };
}

interface Queued {
  readonly arrival: Arrival;
  readonly delivery: Delivery<Arrived>;
}

const hintConsumer = 'hints';
/** Beyond, the oldest are dropped. */
const mostHints = 256;
const retryMs = 20;

/** The loop of one subscriber: attaches its source, again and again if need be, and hands out what that accepts. */
export class SubscriptionLoop {
  readonly #parts: LoopParts;
  readonly #source: Source;
  readonly #hints: Arrived[] = [];
  #queued: Queued[] = [];
  #line: Line | undefined;
  #hintQueue: QueueDeclaration | undefined;
  #ring: () => void = () => undefined;
  #ending: Promise<void> | undefined;

  constructor(parts: LoopParts, source: Source) {
    this.#parts = parts;
    this.#source = source;
  }

  async *deliveries(): AsyncGenerator<Delivery<Arrived>, void> {
    const { stop, onReady } = this.#parts;
    const wake = (): void => this.#ring();
    stop.addEventListener('abort', wake, { once: true });
    try {
      await this.#attach();
      if (!stop.aborted) onReady?.();
      while (!stop.aborted) {
        const delivery = this.#next();
        if (delivery !== undefined) yield delivery;
        else if (this.#line === undefined) await this.#attach();
        else await this.#rung();
      }
    } catch (error) {
      if (!stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      stop.removeEventListener('abort', wake);
      await this.end();
    }
  }

  /** Takes nothing more, and gives back what was not asked for. Never rejects: what cannot be said now ends with the connection. */
  end(): Promise<void> {
    this.#ending ??= this.#end().catch(() => undefined); // it ends with the connection
    return this.#ending;
  }

  async #end(): Promise<void> {
    const line = this.#line;
    const deadline = performance.now() + this.#parts.requestMs;
    const isAlive = line !== undefined && !line.channel.isOver;
    if (isAlive && this.#hintQueue?.fleeting === true)
      await line.channel.deleteQueue(this.#hintQueue.name, deadline);
    else if (isAlive) await line.channel.cancel(hintConsumer, deadline);
    await this.#source.end(isAlive ? line : undefined, deadline);
  }

  #next(): Delivery<Arrived> | undefined {
    const hint = this.#hints.shift();
    if (hint !== undefined) return lend(hint, async () => undefined);
    const next = this.#queued.shift();
    if (next === undefined) return undefined;
    if (this.#line !== undefined) this.#source.passed(this.#line, next.arrival);
    return next.delivery;
  }

  /** Tries until it has failed for `requestMs` without a break. */
  async #attach(): Promise<void> {
    const { requestMs, stop } = this.#parts;
    const giveUpAt = performance.now() + requestMs;
    while (!stop.aborted) {
      try {
        await this.#attachOnce(giveUpAt);
        return;
      } catch (error) {
        const again = isWaybillError(error) && error.retryable && performance.now() < giveUpAt;
        if (!again) throw error;
      }
      await pause(retryMs, stop);
    }
  }

  async #attachOnce(deadline: number): Promise<void> {
    const session = await this.#parts.connection.session(deadline);
    let line: Line | undefined;
    const channel = await RabbitChannel.open(session, deadline, {
      arrived: (arrival) => line !== undefined && this.#arrived(line, arrival),
      cancelled: () => this.#lost(line, true),
      over: () => this.#lost(line, false),
    });
    line = { channel, loans: new OnLoan(channel) };
    this.#line = line;
    try {
      await this.#listenToHints(channel, deadline);
      await this.#source.attach(line, deadline);
    } catch (error) {
      this.#lost(line, false);
      if (!channel.isOver) await channel.close(deadline).catch(() => undefined); // it is of no use any more
      throw error;
    }
  }

  async #listenToHints(channel: RabbitChannel, deadline: number): Promise<void> {
    const { hints, pattern } = this.#parts;
    const queue = hints.queue();
    this.#hintQueue = queue;
    await channel.declareQueue(queue, deadline);
    await channel.bind(queue.name, hints.exchange, bindingKey(pattern), deadline);
    await channel.consume({ name: hintConsumer, queue: queue.name, prefetch: 0, settled: true }, deadline);
  }

  #arrived(line: Line, arrival: Arrival): void {
    if (this.#line !== line) return;
    if (arrival.consumer === hintConsumer) {
      const hint = fromMessageText(arrival.content.toString(), arrival.routingKey, { hint: true });
      if (hint !== undefined && this.#hints.push(hint) > mostHints) this.#hints.shift();
    } else {
      const delivery = this.#source.accept(line, arrival);
      if (delivery !== undefined) this.#queued.push({ arrival, delivery });
      else if (this.#queued.length === 0) this.#source.passed(line, arrival);
    }
    this.#ring();
  }

  #lost(line: Line | undefined, isQueueGone: boolean): void {
    if (line === undefined || this.#line !== line) return;
    if (this.#ending !== undefined) return; // our own doing, and closed in a moment
    this.#line = undefined;
    if (this.#source.lost(isQueueGone)) this.#queued = [];
    // Its end would come too late: the next line shall not share the queue with it.
    if (!line.channel.isOver)
      line.channel.close(performance.now() + this.#parts.requestMs).catch(() => undefined); // it ends with its connection
    this.#ring();
  }

  #rung(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve;
      if (this.#parts.stop.aborted) resolve();
    });
  }
}
