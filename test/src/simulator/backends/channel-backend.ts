import type { Message } from '@waybill/core';
import type { FaultProfile } from '../fault-profile.ts';
import type { Random } from '../random.ts';
import { news } from '../workload/collections.ts';
import type { World } from '../world.ts';

export interface Subscriber {
  readonly by: string;
  readonly pattern: string;
  readonly group: string | undefined;
  readonly receive: (message: Message) => void;
  /** The connection is gone. */
  readonly end: () => void;
}

/** The one channel of a simulated deployment: hints may get lost, messages come at least once, in any order. */
export class ChannelBackend {
  readonly #world: World;
  readonly #random: Random;
  readonly #faults: FaultProfile;
  readonly #subscribers = new Set<Subscriber>();
  #isCalm = false;

  constructor(world: World, random: Random, faults: FaultProfile) {
    this.#world = world;
    this.#random = random;
    this.#faults = faults;
  }

  calmDown(): void {
    this.#isCalm = true;
  }

  publish(message: Message, by: string): void {
    if (message.subject === news.name)
      this.#world.record({ kind: 'message', at: this.#world.now, by, id: message.id });
    const served = new Set<string>();
    for (const subscriber of this.#subscribers) {
      if (!isMatch(subscriber.pattern, message.subject)) continue;
      if (subscriber.group !== undefined) {
        if (served.has(subscriber.group)) continue;
        served.add(subscriber.group);
      }
      this.#send(message, subscriber);
    }
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  bury(by: string): void {
    for (const subscriber of this.#subscribers)
      if (subscriber.by === by) this.#subscribers.delete(subscriber);
  }

  /** Every subscriber loses its connection. */
  restart(): void {
    const gone = [...this.#subscribers];
    this.#subscribers.clear();
    for (const { end } of gone) end();
  }

  #send(message: Message, subscriber: Subscriber): void {
    const { hintLost, messageTwice, slowMs } = this.#faults;
    const arrive = (): void => subscriber.receive(message);
    if (this.#isCalm) return void this.#world.after(this.#random.between(0.1, 1), arrive);
    if (message.hint === true && this.#random.chance(hintLost)) return;
    this.#world.after(this.#random.between(0.1, 1), arrive);
    if (this.#random.chance(messageTwice)) this.#world.after(this.#random.next() * slowMs, arrive);
  }
}

/** `*` stands for one word, a last `>` for one or more. */
const isMatch = (pattern: string, subject: string): boolean => {
  if (pattern === subject) return true;
  const [words, given] = [pattern.split('.'), subject.split('.')];
  if (words.at(-1) === '>')
    return (
      given.length >= words.length && words.slice(0, -1).every((word, i) => word === '*' || word === given[i])
    );
  return words.length === given.length && words.every((word, i) => word === '*' || word === given[i]);
};
