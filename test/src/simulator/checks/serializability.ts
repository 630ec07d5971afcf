import type { Entry } from '../history.ts';
import { lastWriterOf } from '../touches.ts';
import type { Seen } from '../workload/perform.ts';
import type { Step } from './walk.ts';
import { cycleIn } from './cycle.ts';
import { isTouch } from './touches.ts';

/** Before the first write. */
const start = 'start';

/**
 * G4: there is an order of the completed tasks, one after the other, in which each would have read what it read.
 * Elle's method (Kingsbury and Alvaro, VLDB 2020): the order of the versions of each document is known from the
 * store, so who must come before whom is known as well, and no such order exists exactly if there is a cycle.
 */
export const checkSerializability = (history: readonly Entry[], steps: readonly Step[]): string[] => {
  const versions = new Map<string, string[]>();
  const rooms = new Map<string, string[]>();
  const decisions = steps.filter(({ arrow }) => arrow === 'complete');
  const deciding = new Map<Entry, string>(decisions.map(({ commit, taskId }) => [commit, taskId]));
  for (const entry of history) {
    if (entry.kind !== 'commit') continue;
    const taskId = deciding.get(entry);
    for (const change of entry.changes) {
      const { key, after } = change;
      if (key.collection.startsWith('waybill.')) continue;
      const writer = isTouch(change) ? lastWriterOf(after ?? {}) : taskId;
      if (writer === undefined) continue;
      append(versions, `${key.collection}/${key.id}`, writer);
      if (writer === taskId && key.collection === 'seats' && typeof after?.['room'] === 'string')
        append(rooms, after['room'], taskId);
    }
  }
  const before = new Map<string, Set<string>>();
  const found: string[] = [];
  const order = (first: string | undefined, then: string | undefined): void => {
    if (first === undefined || then === undefined || first === start || first === then) return;
    before.set(first, (before.get(first) ?? new Set()).add(then));
  };
  for (const writers of versions.values()) writers.forEach((writer, i) => order(writers[i - 1], writer));
  for (const { taskId, after } of decisions) {
    const seen = JSON.parse(after?.result ?? '{"reads":[],"rooms":[]}') as Seen; // the workload's own result
    for (const [collection, id, tag] of seen.reads) {
      const writers = [start, ...(versions.get(`${collection}/${id}`) ?? [])];
      const place = writers.indexOf(tag ?? start);
      if (place < 0)
        found.push(`${taskId} has read ${collection}/${id} of ${tag}, which was never committed`);
      order(writers[place], taskId);
      order(taskId, writers[place + 1]);
    }
    for (const [room, tags] of seen.rooms) {
      const writers = rooms.get(room) ?? [];
      for (const tag of tags) order(tag, taskId);
      order(
        taskId,
        writers.find((writer) => !tags.includes(writer) && writer !== taskId),
      );
    }
  }
  const cycle = cycleIn(before);
  if (cycle !== undefined) found.push(`not serializable: ${cycle.join(' → ')}`);
  return found;
};

const append = (lists: Map<string, string[]>, key: string, item: string): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
};
