import {
  Dispatcher,
  type Engine,
  forgetWorkers,
  reapExpired,
  removeExpired,
  type Runtime,
} from '@waybill/core';
import { Outage } from './outage.ts';

const retentionMs = 60_000;
const relayMs = 5_000;
/** With a backlog in the store the broker's window is looked at this often. */
const busyMs = 50;
/** And after a broker has run dry at most this often. */
const dryMs = 100;

/** The loops that every node runs and no node leads: dispatch, reap, relay, retention. */
export class Sweeps {
  readonly #engine: Engine;
  readonly #dispatcher: Dispatcher;
  readonly #timers = new Map<string, ReturnType<Runtime['timer']>>();
  readonly #outages = new Map<string, Outage>();
  readonly #running = new Set<Promise<void>>();
  #refilling = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#dispatcher = new Dispatcher(engine.context);
  }

  start(): void {
    const { context } = this.#engine;
    const { sweepMs, leaseMs } = context.settings;
    this.#repeat('dispatch', 0, () => this.#dispatch());
    this.#repeat('reap', 0, async () => {
      const reaped = await reapExpired(context);
      return reaped >= 500 ? 0 : sweepMs;
    });
    this.#repeat('relay', relayMs, async () => ((await context.outbox.sweep()) >= 500 ? 0 : relayMs));
    this.#repeat('clock', retentionMs, async () => {
      await context.clock.measure();
      return retentionMs;
    });
    this.#repeat('retention', retentionMs, async () => {
      await forgetWorkers(context.store, context.clock.now() - 100 * leaseMs);
      return (await removeExpired(context)) >= 500 ? 0 : retentionMs;
    });
  }

  /** The worker took tickets from the broker. */
  took(tickets: number): void {
    if (this.#dispatcher.took(tickets)) this.#refill();
  }

  /** The broker gave less than was asked for: there may be a backlog that this process has not heard of. */
  ranDry(): void {
    const now = this.#engine.context.runtime.monotonic();
    if (now - this.#lookedAt < dryMs) return;
    this.#lookedAt = now;
    this.#refill();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#running);
  }

  async #dispatch(): Promise<number> {
    const { clock, settings } = this.#engine.context;
    const next = await this.#dispatcher.sweep();
    const idle = Math.min(settings.sweepMs, 500);
    if (this.#dispatcher.backlogged) return busyMs;
    return next === undefined ? idle : Math.min(Math.max(1, next - clock.now()), idle);
  }

  #refill(): void {
    if (this.#refilling || this.#stopped) return;
    this.#refilling = true;
    this.#track(
      this.#quietly('refill', () => this.#dispatcher.refill()).finally(() => {
        this.#refilling = false;
      }),
    );
  }

  /** `sweep` answers after how many milliseconds it wants to be called again. */
  #repeat(name: string, afterMs: number, sweep: () => Promise<number>): void {
    if (this.#stopped) return;
    const { runtime, settings } = this.#engine.context;
    const timer = runtime.timer(afterMs, () => {
      const done = this.#quietly(name, sweep).then((next) =>
        this.#repeat(name, next ?? settings.sweepMs, sweep),
      );
      this.#track(done);
    });
    this.#timers.set(name, timer);
  }

  /** A sweep that fails is tried again later: it only repairs, and whatever it missed is still there. */
  async #quietly<T>(name: string, sweep: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await sweep();
      this.#outageOf(name).worked();
      return answer;
    } catch (error) {
      this.#outageOf(name).failed(error);
      return undefined;
    }
  }

  #outageOf(sweep: string): Outage {
    const known = this.#outages.get(sweep);
    if (known !== undefined) return known;
    const events = { failed: 'sweep.failed', recovered: 'sweep.recovered' };
    const outage = new Outage(this.#engine.context, events, { sweep });
    this.#outages.set(sweep, outage);
    return outage;
  }

  #track(done: Promise<void>): void {
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
  }
}
