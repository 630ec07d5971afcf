import { type Arrived, ConnectionError, pause, type SubjectPattern } from '@waybill/core';
import { type ConnectionOptions, RedisListener } from '@waybill/redis';
import { fromMessageText } from './message-text.ts';

/** One subscription, as far as it is told that there may be something to read. */
export interface Ear {
  readonly pattern: SubjectPattern;
  /** The name that scripts have for its group. */
  readonly group?: string;
  ring(): void;
  /** `after` is the seq of the message before it, or one that comes before all messages. */
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
  /** Channels of hints that are listened to, with how many ears. */
  readonly #hintChannels = new Map<string, number>();
  #listener: RedisListener | undefined;

  constructor(options: ConnectionOptions, key: string) {
    this.#options = options;
    this.#key = key;
  }

  /**
   * Resolves when the ear misses nothing any more; it hears nothing of what was before. Throws a `ConnectionError` if
   * that takes too long.
   */
  async join(ear: Ear, stop: AbortSignal): Promise<void> {
    const listener = (this.#listener ??= new RedisListener(this.#options, [`${this.#key}:bell`], {
      message: (channel, message) => this.#heard(channel, message.toString()),
      listening: () => this.#ringAll(),
    }));
    const channel = this.#hintChannelOf(ear);
    this.#hintChannels.set(channel, (this.#hintChannels.get(channel) ?? 0) + 1);
    try {
      const joining = listener.add(channel).then(() => listener.caughtUp());
      await within(this.#options.requestMs, stop, joining);
    } catch (error) {
      this.#releaseHints(channel);
      throw error;
    }
    if (stop.aborted) this.#releaseHints(channel);
    else this.#ears.add(ear);
  }

  leave(ear: Ear): void {
    if (this.#ears.delete(ear)) this.#releaseHints(this.#hintChannelOf(ear));
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Those of one subject, or of all. */
  #hintChannelOf({ pattern }: Ear): string {
    return pattern.isExact ? `${this.#key}:hints:${pattern.text}` : `${this.#key}:hints`;
  }

  #releaseHints(channel: string): void {
    const left = (this.#hintChannels.get(channel) ?? 0) - 1;
    if (left > 0) this.#hintChannels.set(channel, left);
    else {
      this.#hintChannels.delete(channel);
      this.#listener?.remove(channel);
    }
  }

  #ringAll(): void {
    for (const ear of this.#ears) ear.ring();
  }

  #heard(channel: string, text: string): void {
    if (channel !== `${this.#key}:bell`) return this.#hints(channel, text);
    if (text.startsWith('g ')) {
      const group = text.slice(2);
      for (const ear of this.#ears) if (ear.group === group) ear.ring();
      return;
    }
    const subjects = text.slice(2).split(' ');
    for (const ear of this.#ears) if (subjects.some((subject) => ear.pattern.matches(subject))) ear.ring();
  }

  #hints(channel: string, text: string): void {
    const ears = [...this.#ears].filter((ear) => this.#hintChannelOf(ear) === channel);
    for (const line of text.split('\n')) {
      const space = line.indexOf(' ');
      const message = fromMessageText(line.slice(space + 1), undefined);
      const after = Number(line.slice(0, space));
      for (const ear of ears) if (ear.pattern.matches(message.subject)) ear.hint(message, after);
    }
  }
}

/** Resolves also when the signal aborts. */
const within = async (ms: number, stop: AbortSignal, promise: Promise<void>): Promise<void> => {
  const done = new AbortController();
  const late = async (): Promise<void> => {
    await pause(ms, AbortSignal.any([stop, done.signal]));
    if (!stop.aborted && !done.signal.aborted) throw new ConnectionError('Redis cannot be reached');
  };
  try {
    await Promise.race([promise, late()]);
  } finally {
    done.abort();
  }
};
