import type { SubjectPattern } from '@waybill/core';
import type { Doorbell, SqliteFile } from '@waybill/sqlite';
import type { Logged, MessageLog } from './message-log.ts';

/** Who wants each new message that matches, after `position`. */
export interface Receiver {
  readonly pattern: SubjectPattern;
  readonly position: number;
  receive(message: Logged): void;
  fail(error: unknown): void;
}

export interface TailParts {
  readonly file: SqliteFile;
  readonly log: MessageLog;
  readonly bell: Doorbell;
}

const pageSize = 256;
/** The bell wakes us; this only says how long one sleep lasts. */
const sleepMs = 60_000;

/** The end of the log, read once for all live subscribers of this channel, while there are any. */
export class Tail {
  readonly #parts: TailParts;
  readonly #ofSubject = new Map<string, Set<Receiver>>();
  readonly #ofPatterns = new Set<Receiver>();
  #position = 0;
  #reading: AbortController | undefined;

  constructor(parts: TailParts) {
    this.#parts = parts;
  }

  /** Everything up to here has been handed out. */
  get position(): number {
    return this.#reading === undefined ? 0 : this.#position;
  }

  /** Hands out to it from its position on; false if that is behind ours, and it must catch up first. */
  join(receiver: Receiver): boolean {
    if (receiver.position < this.position) return false;
    this.#add(receiver);
    if (this.#reading === undefined) {
      this.#position = receiver.position;
      this.#reading = new AbortController();
      void this.#read(this.#reading);
    }
    return true;
  }

  leave(receiver: Receiver): void {
    const { isExact, text } = receiver.pattern;
    if (isExact) {
      const ofSubject = this.#ofSubject.get(text);
      ofSubject?.delete(receiver);
      if (ofSubject?.size === 0) this.#ofSubject.delete(text);
    } else this.#ofPatterns.delete(receiver);
    if (this.#ofSubject.size > 0 || this.#ofPatterns.size > 0) return;
    this.#reading?.abort();
    this.#reading = undefined;
  }

  #add(receiver: Receiver): void {
    const { isExact, text } = receiver.pattern;
    if (!isExact) this.#ofPatterns.add(receiver);
    else this.#ofSubject.set(text, (this.#ofSubject.get(text) ?? new Set()).add(receiver));
  }

  async #read(reading: AbortController): Promise<void> {
    const { file, log, bell } = this.#parts;
    try {
      while (!reading.signal.aborted) {
        const heard = bell.listen();
        const messages = await file.read(() => log.after(this.#position, pageSize));
        if (reading.signal.aborted) return;
        for (const message of messages) this.#handOut(message);
        if (messages.length === 0) await bell.wait(heard, sleepMs, reading.signal);
      }
    } catch (error) {
      if (this.#reading === reading) this.#failAll(error);
    }
  }

  #handOut(message: Logged): void {
    this.#position = message.cursor;
    for (const receiver of this.#ofSubject.get(message.subject) ?? []) offer(receiver, message);
    for (const receiver of this.#ofPatterns) {
      if (receiver.pattern.matches(message.subject)) offer(receiver, message);
    }
  }

  #failAll(error: unknown): void {
    for (const receiver of [
      ...this.#ofPatterns,
      ...[...this.#ofSubject.values()].flatMap((set) => [...set]),
    ]) {
      receiver.fail(error);
      this.leave(receiver);
    }
  }
}

const offer = (receiver: Receiver, message: Logged): void => {
  if (message.cursor > receiver.position) receiver.receive(message);
};
