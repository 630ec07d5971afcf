import type { Entry } from '../history.ts';
import { isMadeBy } from '../ids.ts';
import type { Step } from './walk.ts';

/** The reaper's own two requests. */
const requestsMs = 20;

/** G10: what a dead worker held is taken back within a lease and a sweep, if another one lives all the while. */
export const checkRecovery = (
  history: readonly Entry[],
  steps: readonly Step[],
  recoveryMs: number,
): string[] => {
  const lives = livesIn(history);
  const found: string[] = [];
  for (const { arrow, taskId, before, at } of steps) {
    if (arrow !== 'reap') continue;
    const holder = lives.find(({ name }) => isMadeBy(before?.owner, name));
    if (holder === undefined || holder.ends === Number.POSITIVE_INFINITY) {
      found.push(`${taskId} is taken from ${holder?.name}, which lives`);
      continue;
    }
    const isWatched = lives.some(
      ({ role, begins, ends }) => role === 'worker' && begins < holder.ends && ends > at,
    );
    const tookMs = at - holder.ends;
    if (isWatched && tookMs > recoveryMs + requestsMs)
      found.push(`${taskId} is taken back ${tookMs.toFixed(0)} ms after the death of its holder`);
  }
  return found;
};

interface Life {
  readonly name: string;
  readonly role: string;
  readonly begins: number;
  ends: number;
}

const livesIn = (history: readonly Entry[]): readonly Life[] => {
  const lives = new Map<string, Life>();
  for (const entry of history) {
    if (entry.kind !== 'life') continue;
    const { by: name, at, what } = entry;
    const life = lives.get(name);
    const role = name.slice(0, name.lastIndexOf('-'));
    if (what === 'begins') lives.set(name, { name, role, begins: at, ends: Number.POSITIVE_INFINITY });
    else if (life !== undefined) life.ends = at;
  }
  return [...lives.values()];
};
