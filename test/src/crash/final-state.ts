import type { Stored, TaskRecord, Waybill } from '@waybill/core';
import { type Collection, isOver, type LogLine, type OutputOf, type Schema } from '@waybill/core';
import { agentOf, type Deployment } from './deployment.ts';
import { type Entry, readDiaries } from './diary.ts';
import { accounts, type Mark, marks, twins } from './workload/collections.ts';

/** Everything there is to look at when all is quiet. */
export interface FinalState {
  readonly diary: readonly Entry[];
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  readonly logs: ReadonlyMap<string, readonly LogLine[]>;
  readonly accounts: ReadonlyMap<string, { readonly balance: number; readonly by: string }>;
  readonly twins: ReadonlyMap<string, { readonly by: string }>;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly keysOn: readonly string[];
  readonly outbox: number;
  /** Ids of messages as they arrived, with the task that each says it is of. */
  readonly heard: ReadonlyMap<string, string>;
}

export const readFinalState = async (
  waybill: Waybill,
  deployment: Deployment,
  heard: ReadonlyMap<string, string>,
): Promise<FinalState> => {
  const tasks = await allTasks(waybill);
  const logs = new Map<string, readonly LogLine[]>();
  for (const { id } of tasks) logs.set(id, await Array.fromAsync(waybill.logs(id)));
  return {
    diary: readDiaries(deployment.folder),
    tasks: new Map(tasks.map((record) => [record.id, record])),
    logs,
    accounts: await documentsOf(waybill, accounts),
    twins: await documentsOf(waybill, twins),
    marks: await documentsOf(waybill, marks),
    keysOn: agentOf(deployment).keysOn(),
    outbox: (await outboxRows(waybill)).length,
    heard,
  };
};

/** Tasks that are not over. */
export const openTasks = async (waybill: Waybill): Promise<readonly TaskRecord[]> => {
  const { tasks } = await waybill.list({
    status: ['available', 'in-progress', 'rolling-back'],
    limit: 1_000,
  });
  // Each status is a look of its own: what went from a later one to an earlier one meanwhile was seen in none.
  return tasks.length > 0 ? tasks : (await allTasks(waybill)).filter(({ phase }) => !isOver(phase));
};

export const outboxRows = async (waybill: Waybill): Promise<readonly Stored[]> => {
  const { store } = waybill.engine.context;
  const query = { collection: 'waybill.outbox', index: 'at', equals: [], limit: 1_000 };
  return (await store.find(query)).documents;
};

const allTasks = async (waybill: Waybill): Promise<readonly TaskRecord[]> => {
  const tasks: TaskRecord[] = [];
  let after: string | undefined;
  do {
    const page = await waybill.list({ limit: 1_000, ...(after === undefined ? {} : { after }) });
    tasks.push(...page.tasks);
    after = page.next;
  } while (after !== undefined);
  return tasks;
};

const documentsOf = async <S extends Schema>(
  waybill: Waybill,
  collection: Collection<S>,
): Promise<Map<string, OutputOf<S>>> => {
  const found = new Map<string, OutputOf<S>>();
  let after: string | undefined;
  do {
    const page = await waybill.documents(collection).find({
      index: 'all',
      equals: [],
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id, value } of page.documents) found.set(id, value);
    after = page.next;
  } while (after !== undefined);
  return found;
};
