import { type QueueName, queueNames } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import type { DocumentStore } from '../store.ts';
import { type Phase, type TaskRecord, taskOf, tasksCollection } from './task-record.ts';
import { phasesOf, statusOf, type TaskStatus, taskStatuses } from './task-status.ts';

export interface TaskFilter {
  readonly tenant?: string;
  readonly status?: TaskStatus | readonly TaskStatus[];
  readonly queue?: QueueName;
  readonly topic?: string;
  /** Only tasks whose rollback waits for an operator. */
  readonly stuck?: boolean;
  /** Each list from its end: of tasks that are over, those first that ended last. Default from its beginning. */
  readonly newestFirst?: boolean;
  /** 1 to 1,000, default 50. */
  readonly limit?: number;
  /** `TaskPage.next` of the page before, of the same filter. */
  readonly after?: string;
}

export interface TaskPage {
  readonly tasks: readonly TaskRecord[];
  readonly next?: string;
}

/** Lists status by status and queue by queue, each from its oldest; filters what the index cannot. */
export const listTasks = async (store: DocumentStore, filter: TaskFilter): Promise<TaskPage> => {
  checkFilter(filter);
  const limit = Math.min(Math.max(1, filter.limit ?? 50), 1_000);
  const lanes = lanesOf(filter);
  let place = placeFrom(filter.after, lanes.length);
  const tasks: TaskRecord[] = [];
  for (;;) {
    const lane = lanes[place.lane];
    if (lane === undefined) return { tasks };
    const page = await store.find({
      collection: tasksCollection.name,
      index: 'phase',
      equals: lane,
      order: filter.newestFirst === true ? 'desc' : 'asc',
      limit: limit - tasks.length,
      ...(place.after === undefined ? {} : { after: place.after }),
    });
    tasks.push(...page.documents.map(taskOf).filter((task) => isWanted(task, filter)));
    place = page.next === undefined ? { lane: place.lane + 1 } : { lane: place.lane, after: page.next };
    if (tasks.length >= limit && lanes[place.lane] !== undefined)
      return { tasks, next: JSON.stringify(place) };
  }
};

/** A filter is data, and may come from outside: what is none of it is refused rather than never met. */
const checkFilter = ({ tenant, status, queue, topic, limit = 1, after }: TaskFilter): void => {
  const statuses: readonly unknown[] = Array.isArray(status) ? status : status === undefined ? [] : [status];
  const wrong =
    (tenant !== undefined && typeof tenant !== 'string' && 'tenant') ||
    (!statuses.every((each) => taskStatuses.some((known) => known === each)) && 'status') ||
    (queue !== undefined && !queueNames.includes(queue) && 'queue') ||
    (topic !== undefined && typeof topic !== 'string' && 'topic') ||
    (!Number.isInteger(limit) && 'limit') ||
    (after !== undefined && typeof after !== 'string' && 'cursor');
  if (wrong !== false)
    throw new PayloadError(`the ${wrong} of the list is not allowed`, { fix: fixes[wrong] });
};

const fixes = {
  tenant: 'use text',
  status: `use ${taskStatuses.join(', ')}`,
  queue: `use ${queueNames.join(', ')}`,
  topic: 'use text',
  limit: 'use a whole number from 1 to 1000',
  cursor: 'pass `next` of the page before, with the same filter',
} as const;

/** How many tasks each phase of each queue holds, by the index. */
export const countTasks = async (
  store: DocumentStore,
  phases: readonly Phase[],
): Promise<ReadonlyMap<QueueName, ReadonlyMap<Phase, number>>> => {
  const counts = await Promise.all(
    queueNames.map(async (queue) => {
      const entries = await Promise.all(
        phases.map(async (phase): Promise<[Phase, number]> => {
          const equals = [phase, queue];
          const page = await store.find({
            collection: tasksCollection.name,
            index: 'phase',
            equals,
            limit: 0,
            total: true,
          });
          return [phase, page.total ?? 0];
        }),
      );
      return [queue, new Map(entries)] as const;
    }),
  );
  return new Map(counts);
};

const lanesOf = ({ status, queue, stuck }: TaskFilter): readonly (readonly [Phase, QueueName])[] => {
  const statuses = status === undefined ? taskStatuses : typeof status === 'string' ? [status] : status;
  const phases = stuck === true ? new Set<Phase>(['stuck']) : new Set(statuses.flatMap(phasesOf));
  const queues = queue === undefined ? queueNames : [queue];
  return [...phases].flatMap((phase) => queues.map((name) => [phase, name] as const));
};

const isWanted = (task: TaskRecord, { tenant, status, topic }: TaskFilter): boolean => {
  if (tenant !== undefined && task.tenant !== tenant) return false;
  if (topic !== undefined && task.topic !== topic) return false;
  return status === undefined || (typeof status === 'string' ? [status] : status).includes(statusOf(task));
};

interface Place {
  readonly lane: number;
  readonly after?: string;
}

const placeFrom = (cursor: string | undefined, lanes: number): Place => {
  if (cursor === undefined) return { lane: 0 };
  try {
    const place: unknown = JSON.parse(cursor);
    if (typeof place === 'object' && place !== null && 'lane' in place && Number.isInteger(place.lane)) {
      const lane = Number(place.lane);
      const after = 'after' in place && typeof place.after === 'string' ? { after: place.after } : {};
      if (lane >= 0 && lane < lanes) return { lane, ...after };
    }
  } catch (cause) {
    throw new PayloadError('the cursor is not one of this list', { cause });
  }
  throw new PayloadError('the cursor is not one of this list', {
    fix: 'pass `next` of the page before, with the same filter',
  });
};
