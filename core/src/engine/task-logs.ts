import type { JsonObject } from '../json.ts';
import type { CollectionSpec, DocumentStore, Page, Stored, Write } from '../store.ts';
import { checkPlace } from './check-place.ts';
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

/** The lines of a task after a place, in order, page by page. Reads no more than two documents before it. */
export async function* readLogs(
  store: DocumentStore,
  task: { readonly tenant: string; readonly id: string },
  after = 0,
): AsyncIterable<LogLine> {
  checkTaskRef(task);
  checkPlace(after);
  const { tenant, id } = task;
  const ofTask = { collection: logsCollection.name, tenant, index: 'task', equals: [id] } as const;
  if (after > 0) {
    // The last document that begins there or before may go on behind it.
    const { documents } = await store.find({ ...ofTask, range: { max: after }, order: 'desc', limit: 1 });
    for (const line of documents.flatMap(linesOf)) if (line.seq > after) yield line;
  }
  let next: string | undefined;
  do {
    const page: Page = await store.find({
      ...ofTask,
      range: { min: after },
      limit: 200,
      ...(next === undefined ? {} : { after: next }),
    });
    for (const document of page.documents)
      if (Number(document.fields['seq']) > after) yield* linesOf(document);
    next = page.next;
  } while (next !== undefined);
}

const linesOf = ({ fields }: Stored): LogLine[] => (fields['lines'] ?? []) as unknown as LogLine[]; // from `logWrite`
