import type { Fields } from '@waybill/core';
import type { Change } from '../history.ts';
import { outbox, tasks } from '../records.ts';
import { accountIds, pairLimit, roomSize, startBalance } from '../workload/collections.ts';
import type { Entry } from '../history.ts';
import { isTouch } from './touches.ts';
import type { Step } from './walk.ts';

/** G2: what a task writes is written with its completion, at one instant; and what holds of documents always holds. */
export const checkDecisions = (history: readonly Entry[], steps: readonly Step[]): string[] => {
  const completed = new Map<Entry, string[]>();
  for (const { arrow, commit, taskId } of steps)
    if (arrow === 'complete') completed.set(commit, [...(completed.get(commit) ?? []), taskId]);
  const found: string[] = [];
  const documents = new Documents();
  for (const entry of history) {
    if (entry.kind !== 'commit') continue;
    const deciding = completed.get(entry) ?? [];
    if (deciding.length > 1) found.push(`one transaction completes ${deciding.join(' and ')}`);
    for (const change of entry.changes) {
      if (!isStaged(change) || isTouch(change)) continue;
      const [taskId] = deciding;
      const { collection, id } = change.key;
      const author = change.after?.['tag'] ?? change.after?.['parent'] ?? taskId;
      if (taskId === undefined || author !== taskId)
        found.push(`${collection}/${id} is written by ${entry.by} apart from the completion of its task`);
      documents.apply(change);
    }
    found.push(...documents.problems());
  }
  for (const { taskId, arrow } of steps)
    if (arrow === 'complete' && documents.get('marks', taskId)?.['count'] !== 1)
      found.push(`${taskId} completed, and its mark is not 1`);
  return found;
};

/** What only a decision may write: documents, follow-up tasks, messages. */
const isStaged = ({ key, before, after }: Change): boolean => {
  if (key.collection === tasks) return before === undefined && after?.['parent'] !== undefined;
  if (key.collection === outbox) return after !== undefined;
  return true;
};

/** The documents of the workload as they are after each commit. */
class Documents {
  readonly #fields = new Map<string, Fields>();
  #hasChanged = false;

  apply({ key, after }: Change): void {
    if (key.collection === tasks || key.collection === outbox) return;
    this.#hasChanged = true;
    if (after === undefined) this.#fields.delete(`${key.collection}/${key.id}`);
    else this.#fields.set(`${key.collection}/${key.id}`, after);
  }

  get(collection: string, id: string): Fields | undefined {
    return this.#fields.get(`${collection}/${id}`);
  }

  *problems(): Iterable<string> {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    const sum = accountIds.reduce(
      (total, id) => total + this.#number('accounts', id, 'balance', startBalance),
      0,
    );
    if (sum !== startBalance * accountIds.length) yield `the accounts sum up to ${sum}`;
    for (const name of ['x', 'y'])
      if (this.get('twins', `${name}-left`)?.['tag'] !== this.get('twins', `${name}-right`)?.['tag'])
        yield `the twins ${name} differ`;
    for (const pair of ['p', 'q'])
      if (
        this.#number('limits', `${pair}-0`, 'used', 0) + this.#number('limits', `${pair}-1`, 'used', 0) >
        pairLimit
      )
        yield `the pair ${pair} is over its limit`;
    for (const room of ['r', 's'])
      if ([...this.#fields.values()].filter((fields) => fields['room'] === room).length > roomSize)
        yield `the room ${room} is too full`;
  }

  #number(collection: string, id: string, field: string, absent: number): number {
    const value = this.get(collection, id)?.[field];
    return typeof value === 'number' ? value : absent;
  }
}
