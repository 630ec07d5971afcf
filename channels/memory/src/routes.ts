import type { Posted } from './posted.ts';
import { isPattern, matcher } from './subject-pattern.ts';

/** Who takes messages as they are published. */
export interface Sink {
  offer(posted: Posted): void;
}

/** Which sinks a subject leads to: by name at once, by pattern one after the other. */
export class Routes {
  readonly #exact = new Map<string, Set<Sink>>();
  readonly #patterns = new Map<Sink, (subject: string) => boolean>();

  add(subject: string, sink: Sink): void {
    if (isPattern(subject)) {
      this.#patterns.set(sink, matcher(subject));
      return;
    }
    const sinks = this.#exact.get(subject);
    if (sinks === undefined) this.#exact.set(subject, new Set([sink]));
    else sinks.add(sink);
  }

  remove(subject: string, sink: Sink): void {
    this.#patterns.delete(sink);
    const sinks = this.#exact.get(subject);
    sinks?.delete(sink);
    if (sinks?.size === 0) this.#exact.delete(subject);
  }

  offer(posted: Posted): void {
    const { subject } = posted.message;
    for (const sink of this.#exact.get(subject) ?? []) sink.offer(posted);
    for (const [sink, matches] of this.#patterns) if (matches(subject)) sink.offer(posted);
  }
}
