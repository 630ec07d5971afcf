import { checkTaskRef } from './engine/check-task-ref.ts';
import type { EngineContext } from './engine/engine-context.ts';
import { readTask, type RetryAnswer, retryTask } from './engine/operator.ts';
import { removeTask } from './engine/retention.ts';
import { listTasks, type TaskFilter, type TaskPage } from './engine/task-list.ts';
import { type TaskRecord, taskKey } from './engine/task-record.ts';

export type DeadLetterFilter = Pick<TaskFilter, 'tenant' | 'topic' | 'queue' | 'limit' | 'after'>;

/** Tasks that failed for good, with the whole history of their errors; kept until replayed, purged or expired. */
export class DeadLetters {
  readonly #context: EngineContext;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  list(filter: DeadLetterFilter = {}): Promise<TaskPage> {
    return listTasks(this.#context.store, { ...filter, status: 'failed' });
  }

  /** `undefined` if there is no such task or it has not failed. */
  async get(id: string, tenant = 'default'): Promise<TaskRecord | undefined> {
    const record = await readTask(this.#context, { id, tenant });
    return record?.phase === 'failed' ? record : undefined;
  }

  /** Submits it anew, once; the dead letter stays and names the new task. */
  async replay(id: string, tenant = 'default'): Promise<RetryAnswer> {
    const record = await this.get(id, tenant);
    return record === undefined ? { answer: 'unknown' } : retryTask(this.#context, record, ['failed']);
  }

  /** Replays all that match and were not replayed yet. Answers the ids of the new tasks, page by page. */
  async *replayAll(
    filter: DeadLetterFilter = {},
  ): AsyncIterable<{ readonly id: string; readonly newId: string }> {
    for await (const record of this.#all(filter)) {
      if (record.replayedAs !== undefined) continue;
      const answer = await retryTask(this.#context, record, ['failed']);
      if (answer.answer === 'replayed') yield { id: record.id, newId: answer.id };
    }
  }

  /** Removes one for good. Answers whether it was there. */
  async purge(id: string, tenant = 'default'): Promise<boolean> {
    checkTaskRef({ id, tenant });
    const key = taskKey(tenant, id);
    const [stored] = await this.#context.store.get([key]);
    if (stored === undefined || stored.fields['phase'] !== 'failed') return false;
    return removeTask(this.#context.store, key, stored.version);
  }

  async *purgeAll(filter: DeadLetterFilter = {}): AsyncIterable<string> {
    for await (const record of this.#all(filter))
      if (await this.purge(record.id, record.tenant)) yield record.id;
  }

  async *#all(filter: DeadLetterFilter): AsyncIterable<TaskRecord> {
    let after = filter.after;
    do {
      const page = await this.list({ ...filter, limit: 200, ...(after === undefined ? {} : { after }) });
      yield* page.tasks;
      after = page.next;
    } while (after !== undefined);
  }
}
