import { type QueueName, queueNames } from './broker.ts';
import type { EngineContext } from './engine/engine-context.ts';
import { cancelTask, retryTask } from './engine/operator.ts';
import { countTasks, listTasks, type TaskFilter } from './engine/task-list.ts';
import type { Phase } from './engine/task-record.ts';
import { listWorkers, type WorkerRecord } from './engine/worker-records.ts';

export interface QueueStatus {
  readonly queue: QueueName;
  /** Available now. */
  readonly waiting: number;
  /** Not due yet. */
  readonly delayed: number;
  readonly running: number;
  readonly stuck: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Tickets in the broker; `undefined` while it cannot be reached. */
  readonly tickets: number | undefined;
  /** How long the first of the waiting has been waiting, in milliseconds. */
  readonly oldestMs: number | undefined;
}

const phases: readonly Phase[] = [
  'available',
  'delayed',
  'held',
  'stuck',
  'completed',
  'failed',
  'cancelled',
];

/** What lies in the three queues, and who works on it. */
export class Queues {
  readonly #context: EngineContext;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  async status(): Promise<readonly QueueStatus[]> {
    const { store, tickets } = this.#context;
    const [counts, depth] = await Promise.all([
      countTasks(store, phases),
      tickets.measure().catch(() => undefined), // the store tells of tasks also without a broker
    ]);
    return Promise.all(
      queueNames.map(async (queue) => {
        const of = (phase: Phase): number => counts.get(queue)?.get(phase) ?? 0;
        return {
          queue,
          waiting: of('available'),
          delayed: of('delayed'),
          running: of('held'),
          stuck: of('stuck'),
          completed: of('completed'),
          failed: of('failed'),
          cancelled: of('cancelled'),
          tickets: depth?.get(queue),
          oldestMs: of('available') === 0 ? undefined : await this.#oldestMs(queue),
        };
      }),
    );
  }

  /** Worker processes that have told of themselves within two leases. */
  servers(): Promise<readonly WorkerRecord[]> {
    const { store, clock, settings } = this.#context;
    return listWorkers(store, clock.now() - 2 * settings.leaseMs);
  }

  /** Cancels every task of these queues that has not begun. Answers how many. */
  async clear(queues: readonly QueueName[], tenant?: string): Promise<number> {
    let cleared = 0;
    for (const queue of queues) {
      const filter = { status: 'available', queue, ...(tenant === undefined ? {} : { tenant }) } as const;
      for await (const ref of this.#all(filter)) {
        if ((await cancelTask(this.#context, ref)).answer === 'cancelled') cleared++;
      }
    }
    if (tenant === undefined) await this.#context.broker.clear(queues);
    return cleared;
  }

  /** Hurries delayed tasks and resumes stuck ones. Answers how many. */
  async retry(queues: readonly QueueName[], tenant?: string): Promise<number> {
    let retried = 0;
    for (const queue of queues) {
      const filter = {
        status: ['available', 'rolling-back'],
        queue,
        ...(tenant === undefined ? {} : { tenant }),
      } as const;
      for await (const ref of this.#all(filter)) {
        const { answer } = await retryTask(this.#context, ref, ['delayed', 'stuck']);
        if (answer === 'hurried' || answer === 'resumed') retried++;
      }
    }
    return retried;
  }

  async #oldestMs(queue: QueueName): Promise<number | undefined> {
    const { tasks } = await listTasks(this.#context.store, { status: 'available', queue, limit: 1 });
    const [oldest] = tasks;
    return oldest === undefined ? undefined : Math.max(0, this.#context.clock.now() - oldest.submittedAt);
  }

  async *#all(filter: TaskFilter): AsyncIterable<{ readonly id: string; readonly tenant: string }> {
    let after: string | undefined;
    do {
      const page = await listTasks(this.#context.store, {
        ...filter,
        limit: 500,
        ...(after === undefined ? {} : { after }),
      });
      yield* page.tasks;
      after = page.next;
    } while (after !== undefined);
  }
}
