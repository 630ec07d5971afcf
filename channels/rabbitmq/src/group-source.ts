import { type Arrived, type Delivery, lend, type SubjectPattern } from '@waybill/core';
import type { Arrival, Consumer, QueueDeclaration } from '@waybill/rabbitmq';
import { fromMessageText } from './message-text.ts';
import type { Line, Source } from './source.ts';
import { bindingKey, type Topology } from './topology.ts';

const consumer = 'group';
/** What one member has ahead of its loop, no other can work on. */
const prefetch = 8;

const longestCloseMs = 1_000;

interface Hand extends Consumer {
  /** Given to the loop, and not settled. */
  out: number;
}

/** The queue that the members of a group share. What a member was given and did not settle goes back with its channel. */
export class GroupSource implements Source {
  readonly #topology: Topology;
  readonly #pattern: SubjectPattern;
  readonly #queue: QueueDeclaration;
  /** What the loop has not asked for yet. */
  #ahead: Arrival[] = [];
  #hand: Hand = newHand();
  #ended: Line | undefined;

  constructor(topology: Topology, pattern: SubjectPattern, group: string) {
    this.#topology = topology;
    this.#pattern = pattern;
    this.#queue = topology.ofGroup(group, pattern);
  }

  async attach({ channel }: Line, deadline: number): Promise<void> {
    const { name } = this.#queue;
    this.#hand = newHand();
    await this.#topology.declare(channel, deadline);
    await channel.declareQueue(this.#queue, deadline);
    await channel.bind(name, this.#topology.messages, bindingKey(this.#pattern), deadline);
    await channel.consume({ name: consumer, queue: name, prefetch }, deadline);
  }

  accept(line: Line, arrival: Arrival): Delivery<Arrived> | undefined {
    const hand = this.#hand;
    line.loans.add(arrival.tag, hand);
    const message = fromMessageText(arrival.content.toString(), arrival.routingKey, {});
    if (message === undefined) {
      line.loans.settle(arrival.tag, { end: 'commit' }).catch(() => undefined); // it comes again, and is dropped then
      return undefined;
    }
    this.#ahead.push(arrival);
    return lend(message, async (settlement) => {
      const settled = line.loans.settle(arrival.tag, settlement);
      hand.out--;
      await settled;
      await this.#closeIfDone(line, performance.now() + longestCloseMs);
    });
  }

  passed(_line: Line, { tag }: Arrival): void {
    if (this.#ahead[0]?.tag !== tag) return; // dropped, and settled already
    this.#ahead.shift();
    this.#hand.out++;
  }

  lost(): boolean {
    this.#ahead = [];
    return true;
  }

  /** Keeps the channel open for what the loop still has. */
  async end(line: Line | undefined, deadline: number): Promise<void> {
    if (line === undefined) return;
    await line.channel.cancel(consumer, deadline);
    for (const { tag } of this.#ahead.splice(0))
      line.loans.settle(tag, { end: 'rollback', next: { to: 'retry' } }).catch(() => undefined); // back it is, either way
    this.#ended = line;
    await this.#closeIfDone(line, deadline);
  }

  async #closeIfDone(line: Line, deadline: number): Promise<void> {
    if (this.#ended !== line || this.#hand.out > 0) return;
    await line.loans.flush();
    await line.channel.close(deadline);
  }
}

const newHand = (): Hand => ({ name: consumer, prefetch, unsettled: 0, lent: 0, out: 0 });
