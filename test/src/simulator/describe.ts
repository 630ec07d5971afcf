import type { Fields, Transaction, Write } from '@waybill/core';
import type { Change } from './history.ts';
import { arrowOf } from './checks/arrows.ts';
import { journalOf, outbox, recordOf, tasks } from './records.ts';

/** A committed transaction in a few words, for the timeline. */
export const describeChanges = (changes: readonly Change[]): string => changes.map(describeChange).join('; ');

/** What a refused transaction wanted. */
export const describeRefused = ({ writes }: Transaction): string =>
  writes.map((write) => `${nameOf(write.key)} ${wantedBy(write)}`).join('; ');

/** Long ids have all that tells them apart at their ends. */
const nameOf = ({ collection, id }: { readonly collection: string; readonly id: string }): string =>
  `${collection.replace('waybill.', '')}/${id.length > 30 ? `${id.slice(6, 8)}‥${id.slice(-3)}` : id}`;

const describeChange = ({ key, before, after }: Change): string => {
  if (key.collection === tasks) return describeTask(key.id, before, after);
  if (key.collection === outbox) return `${nameOf(key)} ${after === undefined ? 'gone' : 'to be sent'}`;
  return `${nameOf(key)} ${after === undefined ? 'deleted' : JSON.stringify(after)}`;
};

const describeTask = (id: string, before: Fields | undefined, after: Fields | undefined): string => {
  const [from, to] = [before && recordOf(id, before), after && recordOf(id, after)];
  const name = `tasks/${id.slice(6, 8)}‥${id.slice(-3)}`;
  const arrow = arrowOf(from, to) ?? '???';
  if (to === undefined) return `${name} ${arrow}`;
  const journal = journalOf(to)
    .map(({ seq, state }) => `${seq}:${state}`)
    .join(' ');
  const verdict = to.verdict === undefined ? '' : ` verdict ${to.verdict}`;
  return `${name} ${arrow} → ${to.phase}/${to.mode} epoch ${to.epoch}${verdict}${journal === '' ? '' : ` [${journal}]`}`;
};

const wantedBy = (write: Write): string =>
  write.kind === 'patch'
    ? `patch ${Object.entries(write.fields)
        .filter(
          ([name]) =>
            name === 'phase' ||
            name === 'mode' ||
            name === 'at' ||
            name === 'verdict' ||
            name === 'journalWrites',
        )
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' ')}`
    : write.kind;
