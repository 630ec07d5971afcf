import type { JsonObject } from '../json.ts';
import type { CollectionSpec, DocumentStore, Stored, Write } from '../store.ts';
import { checkTaskRef } from './check-task-ref.ts';

export interface LogLine {
  /** Its place among the events of the task: grows, with gaps. */
  readonly seq: number;
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: JsonObject;
}

export const logsCollection = {
  name: 'waybill.logs',
  indexes: [{ name: 'task', fields: ['task', 'seq'] }],
} as const satisfies CollectionSpec;

/** Lines that go to the store in one document. */
export const logWrite = (
  task: { readonly tenant: string; readonly id: string },
  lines: readonly [LogLine, ...LogLine[]],
): Write => {
  const [{ seq }] = lines;
  return {
    kind: 'put',
    key: {
      collection: logsCollection.name,
      tenant: task.tenant,
      id: `${task.id}/${String(seq).padStart(16, '0')}`,
    },
    // Lines are JSON by the making of `TaskLog`; the compiler cannot see that of an interface.
    fields: { task: task.id, seq, lines: lines as unknown as JsonObject[] },
  };
};

/** The lines of a task after `seq`, in order, page by page. */
export async function* readLogs(
  store: DocumentStore,
  task: { readonly tenant: string; readonly id: string },
  after = 0,
): AsyncIterable<LogLine> {
  checkTaskRef(task);
  let next: string | undefined;
  do {
    const page = await store.find({
      collection: logsCollection.name,
      tenant: task.tenant,
      index: 'task',
      equals: [task.id],
      limit: 200,
      ...(next === undefined ? {} : { after: next }),
    });
    for (const line of page.documents.flatMap(linesOf)) if (line.seq > after) yield line;
    next = page.next;
  } while (next !== undefined);
}

const linesOf = ({ fields }: Stored): LogLine[] => (fields['lines'] ?? []) as unknown as LogLine[]; // from `logWrite`
