import {
  claimTask,
  type Delivery,
  type Engine,
  type Executor,
  faultOf,
  isWaybillError,
  type Lease,
  lookAgain,
  type Member,
  type QueueName,
  type Runtime,
  releaseTask,
  removeWorker,
  sleep,
  type Ticket,
  writeWorker,
} from '@waybill/core';
import { type Outcome, runAttempt } from './attempt.ts';
import { Heartbeat } from './heartbeat.ts';
import { inlineExecutor } from './inline-executor.ts';
import { Managers } from './managers.ts';
import { Slot } from './slot.ts';
import { Slots } from './slots.ts';
import { Sweeps } from './sweeps.ts';

export interface WorkerOptions {
  /** Tasks of each queue that run at once in this process. Default: as the config says. */
  readonly slots?: Partial<Record<QueueName, number>>;
  readonly executor?: Executor;
  /** How long `stop` waits for running tasks before it gives them back, in milliseconds. Default: as the config says. */
  readonly shutdownMs?: number;
  /** This process, for people. */
  readonly host?: string;
  readonly pid?: number;
  readonly onSettled?: (task: { readonly id: string; readonly topic: string }, outcome: Outcome) => void;
}

/** How long one call to the broker waits for a ticket. It ends early when a ticket comes or the worker stops. */
const waitMs = 5_000;
/** How often tickets that were taken ahead are looked through for those that wait too long. */
const giveUpMs = 50;

/** One process at work: takes tickets, claims their tasks, lets managers run them, and sees every one to its end. */
export class Worker {
  readonly id: string;
  readonly #engine: Engine;
  readonly #options: WorkerOptions;
  readonly #managers: Managers;
  readonly #slots: Slots;
  readonly #heartbeat: Heartbeat;
  readonly #sweeps: Sweeps;
  #running = 0;
  /** Called when no task is running any more. */
  #onIdle: () => void = () => undefined;
  readonly #stopped = new AbortController();
  /** Ends the wait for tickets: the demand has grown, or the worker stops. */
  #wait = new AbortController();
  #loop: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #giveUp: ReturnType<Runtime['timer']> | undefined;
  #startedAt = 0;
  #unlisten: () => void = () => undefined;
  readonly #unsettled = (error: unknown): void =>
    this.#engine.context.log('debug', 'ticket.unsettled', faultOf(error));

  constructor(engine: Engine, options: WorkerOptions = {}) {
    this.#engine = engine;
    this.#options = options;
    this.id = engine.context.runtime.id();
    this.#managers = new Managers(engine.registry.managers);
    this.#slots = new Slots(
      { ...engine.context.settings.slots, ...options.slots },
      { onWant: () => this.#wait.abort(grown), onTurn: (delivery) => void this.#work(delivery) },
    );
    this.#heartbeat = new Heartbeat(engine, () => this.#tell());
    this.#sweeps = new Sweeps(engine);
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) return;
    this.#startedAt = this.#engine.context.clock.now();
    await this.#tell();
    this.#unlisten = this.#engine.context.hints.listenToCancels((taskId) => this.#noticeCancel(taskId));
    this.#heartbeat.start();
    this.#sweeps.start();
    this.#loop = this.#acquire();
  }

  /**
   * Takes no more tasks, waits for the running ones, and after `shutdownMs` gives back what still runs: other
   * workers go on with it, and the attempt does not count. Idempotent.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Tasks running now. */
  get running(): number {
    return this.#running;
  }

  async #stop(): Promise<void> {
    const { context } = this.#engine;
    this.#stopped.abort();
    this.#wait.abort();
    // Meanwhile; if the store is away the next beat tells it.
    const told = this.#tell().catch((error: unknown) => context.log('info', 'worker.untold', faultOf(error)));
    await this.#loop;
    this.#giveUp?.cancel();
    for (const delivery of this.#slots.giveUp()) this.#settle(delivery.rollback({ to: 'retry' }));
    const done = new AbortController();
    this.#onIdle = () => done.abort();
    if (this.#running === 0) done.abort();
    await sleep(context.runtime, this.#options.shutdownMs ?? context.settings.shutdownMs, done.signal);
    await Promise.all([...this.#heartbeat.leases].map((lease) => this.#giveBack(lease)));
    await this.#heartbeat.stop();
    await this.#sweeps.stop();
    this.#unlisten();
    await told;
    try {
      await removeWorker(context.store, this.id);
    } catch (error) {
      context.log('info', 'worker.not-removed', faultOf(error));
    }
  }

  async #giveBack(lease: Lease): Promise<void> {
    try {
      await releaseTask(this.#engine.context, lease);
      lease.abort(new Error('the worker is stopping'));
    } catch (error) {
      this.#engine.context.log('warn', 'task.not-given-back', {
        taskId: lease.record.id,
        ...faultOf(error),
      });
    }
  }

  /**
   * One call to the broker at a time. It asks for what is free now, and is called off when more becomes free. Between two
   * of them the event loop goes round, however much there is to do.
   */
  async #acquire(): Promise<void> {
    const { context } = this.#engine;
    const { signal: stopped } = this.#stopped;
    let failures = 0;
    while (!stopped.aborted) {
      this.#wait = new AbortController();
      const { signal } = this.#wait;
      const wanted = this.#slots.wanted();
      if (wanted.length === 0) {
        await aborted(signal);
        continue;
      }
      try {
        const deliveries = await context.broker.acquire({ wanted, waitMs, signal });
        failures = 0;
        this.#sweeps.took(deliveries.length);
        if (deliveries.length < wanted.reduce((sum, { max }) => sum + max, 0)) this.#sweeps.ranDry();
        const now = context.runtime.monotonic();
        for (const delivery of deliveries) this.#take(delivery, now);
        // With adapters in this process nothing else would: timers, signals and requests of others wait for that.
        await sleep(context.runtime, 0);
      } catch (error) {
        if (isWaybillError(error) && error.code === 'WB_CLOSED') return;
        context.log('warn', 'broker.unreachable', faultOf(error));
        await sleep(
          context.runtime,
          context.runtime.random() * Math.min(5_000, 50 * 2 ** failures++),
          stopped,
        );
      }
    }
  }

  #take(delivery: Delivery<Ticket>, now: number): void {
    const { tickets } = this.#engine.context;
    tickets.took(delivery.item.queue);
    if (this.#stopped.signal.aborted) this.#settle(delivery.rollback({ to: 'retry' }));
    else if (this.#slots.take(delivery, now)) void this.#work(delivery);
    else this.#giveUpLater();
  }

  /** Tickets kept for slots that stay busy go back, so that another worker can have them. */
  #giveUpLater(): void {
    this.#giveUp ??= this.#engine.context.runtime.timer(giveUpMs, () => {
      this.#giveUp = undefined;
      for (const delivery of this.#slots.giveUp(this.#engine.context.runtime.monotonic())) {
        this.#settle(delivery.rollback({ to: 'retry' }));
      }
      if (this.#slots.isKeeping) this.#giveUpLater();
    });
  }

  /** From the ticket to the end of its task. Nothing that goes wrong here may stop the worker. */
  async #work(delivery: Delivery<Ticket>): Promise<void> {
    const { context } = this.#engine;
    const slot = new Slot(this.#slots, delivery.item.queue, context.runtime);
    this.#running++;
    let lease: Lease | undefined;
    let beating: Member<Lease> | undefined;
    try {
      lease = await claimTask(context, delivery.item, this.id, this.#stopped.signal);
      // From here on only the store matters: whatever happens, the task is found there, not by this ticket.
      this.#settle(delivery.commit());
      if (lease === undefined) return;
      beating = this.#heartbeat.add(lease);
      const manager = this.#managers.of(lease.record.topic);
      const executor = this.#options.executor ?? inlineExecutor;
      const outcome = await runAttempt({ engine: this.#engine, lease, manager, executor, slot });
      if (outcome !== 'postponed') this.#options.onSettled?.(lease.record, outcome);
    } catch (error) {
      context.log('warn', 'task.left-to-others', { taskId: delivery.item.taskId, ...faultOf(error) });
      if (lease === undefined) this.#settle(delivery.rollback({ to: 'retry', delayMs: 1_000 }));
    } finally {
      if (beating !== undefined) this.#heartbeat.remove(beating);
      slot.release();
      if (--this.#running === 0) this.#onIdle();
    }
  }

  /** A ticket that cannot be given back comes again, or is made again by the Dispatcher. */
  #settle(settled: Promise<void>): void {
    settled.catch(this.#unsettled);
  }

  #noticeCancel(taskId: string): void {
    const lease = this.#heartbeat.find(taskId);
    if (lease === undefined) return;
    lookAgain(this.#engine.context, lease).catch((error: unknown) => {
      this.#engine.context.log('debug', 'cancel.unseen', { taskId, ...faultOf(error) });
    });
  }

  async #tell(): Promise<void> {
    const { context, registry } = this.#engine;
    await writeWorker(context.store, {
      id: this.id,
      host: this.#options.host ?? 'local',
      pid: this.#options.pid ?? 0,
      startedAt: this.#startedAt,
      seenAt: context.clock.now(),
      running: this.#running,
      slots: this.#slots.total,
      topics: registry.handlers.size,
      state: this.#stopped.signal.aborted ? 'stopping' : 'running',
    });
  }
}

/** Why a wait for tickets was called off; made once, since an abort without a reason makes an exception each time. */
const grown = 'the demand has grown';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
