import type { Change, Entry } from '../history.ts';
import { lastWriterOf } from '../touches.ts';

/** A change by a transaction of one document, apart from any task. */
export const isTouch = ({ before, after }: Change): boolean =>
  before !== undefined &&
  after?.['touched'] !== undefined &&
  after['touched'] !== before['touched'] &&
  after['tag'] === before['tag'];

/** What was answered of a single write is so: it happened once, as it was wanted, or never. */
export const checkTouches = (history: readonly Entry[]): string[] => {
  const found: string[] = [];
  const wanted = new Map<string, Extract<Entry, { kind: 'touch' }>>();
  const happened = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind === 'touch') wanted.set(entry.token, entry);
    if (entry.kind !== 'commit') continue;
    for (const change of entry.changes.filter(isTouch)) {
      const token = String(change.after?.['touched']);
      const touch = wanted.get(token);
      const times = (happened.get(token) ?? 0) + 1;
      happened.set(token, times);
      if (times > 1) found.push(`${token} happens ${times} times`);
      const before = change.before ?? {};
      const was = touch?.by === 'version' ? lastWriterOf(before) : String(before['tag']);
      if (was !== touch?.expects) found.push(`${token} expects ${touch?.expects}, and changes ${was}`);
    }
  }
  for (const entry of history)
    if (entry.kind === 'touched' && (entry.answer === 'committed') !== happened.has(entry.token))
      found.push(
        `${entry.token} is answered ${entry.answer}, and has${happened.has(entry.token) ? '' : ' not'} happened`,
      );
  return found;
};
