import type { SubjectPattern } from '@waybill/core';
import type { Posted } from './posted.ts';

/** Who takes messages as they are published. */
export interface Sink {
  offer(posted: Posted): void;
}

/** Which sinks a subject leads to: by name at once, by pattern one after the other. */
export class Routes {
  readonly #exact = new Map<string, Set<Sink>>();
  readonly #patterns = new Map<Sink, SubjectPattern>();

  add(pattern: SubjectPattern, sink: Sink): void {
    if (!pattern.isExact) {
      this.#patterns.set(sink, pattern);
      return;
    }
    const sinks = this.#exact.get(pattern.text);
    if (sinks === undefined) this.#exact.set(pattern.text, new Set([sink]));
    else sinks.add(sink);
  }

  remove({ text }: SubjectPattern, sink: Sink): void {
    this.#patterns.delete(sink);
    const sinks = this.#exact.get(text);
    sinks?.delete(sink);
    if (sinks?.size === 0) this.#exact.delete(text);
  }

  offer(posted: Posted): void {
    const { subject } = posted.message;
    for (const sink of this.#exact.get(subject) ?? []) sink.offer(posted);
    for (const [sink, pattern] of this.#patterns) if (pattern.matches(subject)) sink.offer(posted);
  }
}
