import type { TaskRecord } from '@waybill/core';
import type { Entry } from '../history.ts';

/** Where nothing goes wrong no lease runs out, and who listens misses nothing. */
export function* checkQuiet(history: readonly Entry[], records: readonly TaskRecord[]): Iterable<string> {
  for (const { id, failures = [] } of records)
    if (failures.some((failure) => failure.class === 'crash'))
      yield `${id} lost its lease, although nothing went wrong`;
  for (const entry of history) {
    if (entry.kind !== 'events') continue;
    const missed = entry.fresh.filter((seq) => !entry.seqs.includes(seq));
    if (missed.length > 0) yield `the events ${missed.join(' ')} of ${entry.taskId} were missed`;
  }
}
