import type { Disguise, Mutant } from './mutant.ts';
import { careless, tamper } from './tamper.ts';
import type { Aim } from './aim.ts';

/** The transactions of one aim no longer expect these fields. */
const unfenced = (aim: Aim, ...names: readonly string[]): Disguise =>
  tamper({ transaction: (given, its) => (its === aim ? careless(given, ...names) : given) });

/** What the compare-and-set of each arrow is there for. */
export const fences: readonly Mutant[] = [
  {
    name: 'no-fence-at-decision',
    bug: 'a worker completes a task that somebody else holds by now',
    ports: unfenced('complete', 'nonce', 'epoch'),
  },
  {
    name: 'cancel-not-checked-at-decision',
    bug: 'a task completes although it was cancelled meanwhile',
    ports: unfenced('complete', 'mode'),
  },
  {
    name: 'phase-not-checked-at-decision',
    bug: 'a worker completes a task that was taken back from it',
    ports: unfenced('complete', 'phase'),
  },
  {
    name: 'no-fence-on-progress',
    bug: 'a worker reports progress of a task that somebody else holds by now',
    ports: unfenced('report', 'nonce', 'epoch'),
  },
  {
    name: 'no-fence-on-renewal',
    bug: 'a worker renews a lease that somebody else has by now',
    ports: unfenced('renew', 'nonce', 'epoch'),
  },
  {
    name: 'no-fence-on-journal',
    bug: 'a worker journals an effect of a task that somebody else holds by now',
    ports: unfenced('journal', 'nonce', 'epoch', 'journalWrites'),
  },
  {
    name: 'journal-writes-not-counted',
    bug: 'a journal write that arrives late replaces a newer journal: one transaction id per epoch, not per try',
    ports: unfenced('journal', 'journalWrites'),
  },
  {
    name: 'no-fence-at-failure',
    bug: 'a worker fails a task that somebody else holds by now',
    ports: unfenced('fail', 'nonce', 'epoch'),
  },
  {
    name: 'no-fence-at-postponement',
    bug: 'a worker that does not know a topic puts off a task that somebody else holds by now',
    ports: unfenced('postpone', 'nonce', 'epoch'),
  },
  {
    name: 'claim-without-compare',
    bug: 'a task is claimed from its holder',
    ports: unfenced('claim', 'phase', 'epoch'),
  },
  {
    name: 'claim-by-any-ticket',
    bug: 'an old ticket claims a task and turns its epoch back',
    ports: unfenced('claim', 'epoch'),
  },
  {
    name: 'cancel-without-compare',
    bug: 'a cancel overwrites what the task has become since it was read',
    ports: unfenced('cancel', 'phase', 'mode', 'epoch'),
  },
  {
    name: 'verdict-not-checked',
    bug: 'a rollback for a retry forgets a cancel that came meanwhile',
    ports: unfenced('end-rollback', 'verdict'),
  },
  {
    name: 'reaper-decides-by-old-journal',
    bug: 'a task is failed although an effect was begun after the reaper has read it',
    directed:
      'workers/src/late-requests.test.ts: is looked at by a reaper at the instant of its decision, not before',
    ports: unfenced('reap', 'journalWrites'),
  },
  {
    name: 'reaper-ignores-renewal',
    bug: 'a lease is taken that was renewed since the reaper has read it',
    directed: 'workers/src/late-requests.test.ts: leaves a lease alone that was renewed since it has looked',
    ports: unfenced('reap', 'at'),
  },
];
