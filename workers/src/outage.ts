import { type EngineContext, faultOf } from '@waybill/core';

/** How often an outage that lasts is told again. */
const againMs = 30_000;

/** The events that tell of an outage. */
interface OutageEvents {
  readonly failed: string;
  readonly recovered: string;
}

/**
 * Tells in the log how something fares that is tried again and again: its first failure, then one every 30 s while it
 * goes on failing, and that it works again. All as warnings: who has seen that it fails is to see that this is over.
 */
export class Outage {
  readonly #context: Pick<EngineContext, 'log' | 'runtime'>;
  readonly #events: OutageEvents;
  readonly #facts: Readonly<Record<string, unknown>>;
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** `facts` are told with every event. */
  constructor(
    context: Pick<EngineContext, 'log' | 'runtime'>,
    events: OutageEvents,
    facts: Readonly<Record<string, unknown>> = {},
  ) {
    this.#context = context;
    this.#events = events;
    this.#facts = facts;
  }

  failed(error: unknown): void {
    const { log, runtime } = this.#context;
    this.#failures++;
    if (runtime.monotonic() - this.#toldAt < againMs) return;
    this.#toldAt = runtime.monotonic();
    log('warn', this.#events.failed, { ...this.#facts, ...faultOf(error), failures: this.#failures });
  }

  worked(): void {
    if (this.#failures === 0) return;
    this.#context.log('warn', this.#events.recovered, { ...this.#facts, failures: this.#failures });
    this.#failures = 0;
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }
}
