import type { TaskRecord } from '@waybill/core';
import type { Entry, EventsEntry } from '../history.ts';
import type { Plan } from '../workload/plan.ts';

/** G1, G8: what clients were answered is what became of their tasks. */
export const checkAnswers = (history: readonly Entry[], records: readonly TaskRecord[]): string[] => {
  const found: string[] = [];
  const byId = new Map(records.map((record) => [record.id, record]));
  const created = new Map<string, number>();
  for (const entry of history) {
    switch (entry.kind) {
      case 'submitted':
        if (!byId.has(entry.taskId)) found.push(`${entry.label} was submitted and is lost`);
        if (entry.outcome === 'created') created.set(entry.label, (created.get(entry.label) ?? 0) + 1);
        break;
      case 'cancel':
        found.push(...cancelProblems(entry, byId.get(entry.taskId)));
        break;
      case 'result':
        if (byId.get(entry.taskId)?.phase !== entry.answer)
          found.push(`the result of ${entry.taskId} said ${entry.answer}`);
        break;
      case 'twins': {
        const [before, between, after] = entry.tags;
        if (before !== undefined && before === after && between !== before)
          found.push(`half of the twins ${entry.name} was seen`);
        break;
      }
      case 'events':
        found.push(...eventProblems(entry, byId.get(entry.taskId)));
        break;
      case 'violation':
        found.push(entry.what);
    }
  }
  for (const [label, times] of created) if (times > 1) found.push(`${label} was created ${times} times`);
  return [...found, ...doubles(records)];
};

function* cancelProblems(
  { taskId, answer }: Extract<Entry, { kind: 'cancel' }>,
  record: TaskRecord | undefined,
): Iterable<string> {
  const phase = record?.phase;
  switch (answer.answer) {
    case 'cancelled':
      if (phase !== 'cancelled') yield `${taskId} was cancelled, and is ${phase}`;
      return;
    case 'cancelling':
      if (phase === 'completed') yield `${taskId} was being cancelled, and completed`;
      return;
    case 'too-late':
      if (phase !== answer.status)
        yield `${taskId} was ${answer.status} when it was cancelled, and is ${phase}`;
      return;
    case 'unknown':
      yield `${taskId} was unknown when it was cancelled`;
  }
}

/** Every event once, in order, and the end of the task last. */
function* eventProblems(
  { taskId, seqs, last }: EventsEntry,
  record: TaskRecord | undefined,
): Iterable<string> {
  if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0)))
    yield `the events of ${taskId} are out of order: ${seqs.join(' ')}`;
  if (last !== record?.phase) yield `the last event of ${taskId} was ${last}, and it is ${record?.phase}`;
}

/** What was submitted once is there once, whatever was in doubt. */
function* doubles(records: readonly TaskRecord[]): Iterable<string> {
  const labels = new Set<string>();
  const sources = new Set<string>();
  for (const { id, input, parent, replayOf } of records) {
    if (replayOf !== undefined) {
      if (sources.has(replayOf)) yield `${replayOf} was replayed twice, the second time as ${id}`;
      sources.add(replayOf);
      continue;
    }
    const { label } = JSON.parse(input) as Plan; // as submitted by the clients
    if (parent === undefined && labels.has(label)) yield `${label} is there twice`;
    labels.add(label);
  }
}
