import { Bag, type Engine, type Lease, type Member, type Runtime, renewLeases } from '@waybill/core';
import { Outage } from './outage.ts';

/** One timer per process for all its leases. Tasks that end within a third of a lease are never renewed. */
export class Heartbeat {
  readonly #engine: Engine;
  readonly #leases = new Bag<Lease>();
  readonly #everyMs: number;
  readonly #tell: () => Promise<void>;
  readonly #outage: Outage;
  #timer: ReturnType<Runtime['timer']> | undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = false;

  /** `tell` is called with every beat. */
  constructor(engine: Engine, tell: () => Promise<void>) {
    this.#engine = engine;
    this.#everyMs = engine.context.settings.leaseMs / 3;
    this.#tell = tell;
    this.#outage = new Outage(engine.context, {
      failed: 'worker.heartbeat-failed',
      recovered: 'worker.heartbeat-recovered',
    });
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#engine.context.runtime.timer(this.#everyMs, () => {
      this.#beating = this.#beat().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#beating;
  }

  /** Answers what to remove it by. */
  add(lease: Lease): Member<Lease> {
    return this.#leases.add(lease);
  }

  remove(member: Member<Lease>): void {
    this.#leases.remove(member);
  }

  /** The lease of a task that was hinted to be cancelled. */
  find(taskId: string): Lease | undefined {
    for (const lease of this.#leases) if (lease.record.id === taskId) return lease;
    return undefined;
  }

  get leases(): Iterable<Lease> {
    return this.#leases;
  }

  async #beat(): Promise<void> {
    const { context } = this.#engine;
    const soon = context.runtime.monotonic() + 2.1 * this.#everyMs;
    const due = [...this.#leases].filter((lease) => lease.expiresAt <= soon);
    try {
      if (due.length > 0) await renewLeases(context, due);
      await this.#tell();
      this.#outage.worked();
    } catch (error) {
      this.#outage.failed(error);
    }
  }
}
