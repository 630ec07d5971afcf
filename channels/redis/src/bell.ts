import { type Arrived, ConnectionError, type SubjectPattern } from '@waybill/core';
import { type ConnectionOptions, RedisListener } from '@waybill/redis';
import { fromMessageText } from './message-text.ts';

/** One subscription, as far as it is told that there may be something to read. */
export interface Ear {
  readonly pattern: SubjectPattern;
  /** The name that scripts have for its group. */
  readonly group?: string;
  ring(): void;
  /** `after` is the seq of the message before it, and 0 if there was none. */
  hint(message: Arrived, after: number): void;
}

/**
 * Hears for all subscriptions of this process what is published: hints themselves, of messages only that there are
 * some. Whatever it misses while its connection is away is in the streams, so that everybody looks when it is back.
 */
export class Bell {
  readonly #options: ConnectionOptions;
  readonly #key: string;
  readonly #ears = new Set<Ear>();
  #listener: RedisListener | undefined;
  #listening = Promise.withResolvers<void>();

  constructor(options: ConnectionOptions, key: string) {
    this.#options = options;
    this.#key = key;
  }

  /**
   * Resolves when the ear misses nothing any more; it hears nothing of what was before. Throws a `ConnectionError` if
   * that takes too long.
   */
  async join(ear: Ear): Promise<void> {
    const listener = (this.#listener ??= new RedisListener(
      this.#options,
      [`${this.#key}:bell`, `${this.#key}:hints`],
      {
        message: (channel, message) => this.#heard(channel, message.toString()),
        listening: () => this.#back(),
      },
    ));
    await within(
      this.#options.requestMs,
      this.#listening.promise.then(() => listener.caughtUp()),
    );
    this.#ears.add(ear);
  }

  leave(ear: Ear): void {
    this.#ears.delete(ear);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  #back(): void {
    this.#listening.resolve();
    for (const ear of this.#ears) ear.ring();
  }

  #heard(channel: string, text: string): void {
    if (channel.endsWith(':hints')) return this.#hints(text);
    if (text.startsWith('g ')) {
      const group = text.slice(2);
      for (const ear of this.#ears) if (ear.group === group) ear.ring();
      return;
    }
    const subjects = text.slice(2).split(' ');
    for (const ear of this.#ears) if (subjects.some((subject) => ear.pattern.matches(subject))) ear.ring();
  }

  #hints(text: string): void {
    for (const line of text.split('\n')) {
      const space = line.indexOf(' ');
      const message = fromMessageText(line.slice(space + 1), undefined);
      const after = Number(line.slice(0, space));
      for (const ear of this.#ears) if (ear.pattern.matches(message.subject)) ear.hint(message, after);
    }
  }
}

const within = async (ms: number, promise: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new ConnectionError('Redis cannot be reached')), ms);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
