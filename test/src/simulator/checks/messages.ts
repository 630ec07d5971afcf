import type { Entry } from '../history.ts';
import { outbox } from '../records.ts';

/** Every committed message is sent, and none that is not committed. */
export const checkMessages = (history: readonly Entry[], ended: boolean): string[] => {
  const found: string[] = [];
  const committed = new Set<string>();
  const sent = new Set<string>();
  for (const entry of history) {
    if (entry.kind === 'message') {
      sent.add(entry.id);
      if (!committed.has(entry.id))
        found.push(`message ${entry.id} is sent by ${entry.by} and was not committed`);
    } else if (entry.kind === 'commit') {
      for (const { key, after } of entry.changes)
        if (key.collection === outbox && after !== undefined) committed.add(key.id);
    }
  }
  if (ended)
    for (const id of committed) if (!sent.has(id)) found.push(`message ${id} was committed and never sent`);
  return found;
};
