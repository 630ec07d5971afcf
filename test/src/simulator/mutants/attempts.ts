import type { Fields } from '@waybill/core';
import { type Aim, expectedOf } from './aim.ts';
import type { Disguise, Mutant } from './mutant.ts';
import { patching, tamper } from './tamper.ts';

const changing = (aim: Aim, change: (fields: Fields) => Fields): Disguise =>
  tamper({ transaction: (given, its) => (its === aim ? patching(given, change) : given) });

/** What makes attempts count. */
export const attempts: readonly Mutant[] = [
  {
    name: 'retry-burns-no-attempt',
    bug: 'a failed attempt is not counted, and the task runs for ever',
    ports: changing('fail', (fields) =>
      fields['phase'] === 'delayed' ? { ...fields, forgiven: 99 } : fields,
    ),
  },
  {
    name: 'crash-burns-no-attempt',
    bug: 'an attempt that took its worker down is not counted',
    ports: changing('reap', (fields) =>
      fields['phase'] === 'available' ? { ...fields, forgiven: 99 } : fields,
    ),
  },
  {
    name: 'give-back-burns-an-attempt',
    bug: 'a worker that stops costs its tasks an attempt',
    ports: changing('give-back', ({ forgiven: _, ...fields }) => fields),
  },
  {
    name: 'unknown-topic-burns-an-attempt',
    bug: 'a worker that does not know a topic costs its tasks an attempt',
    ports: changing('postpone', ({ forgiven: _, ...fields }) => fields),
  },
  {
    name: 'unknown-topic-never-fails',
    bug: 'it is not kept for how long a task was put off, and so it is for ever',
    ports: changing('postpone', ({ unknownMs: _, ...fields }) => fields),
  },
  {
    name: 'unknown-topic-not-counted-anew',
    bug: 'who knows a topic fails and turns back, and the next one who does not fails the task for good',
    ports: changing('begin-rollback', ({ unknownMs: _, ...fields }) => fields),
  },
  {
    name: 'unknown-effect-burns-an-undo',
    bug: 'a rollback that only waits for a worker who knows its effect comes nearer to being stuck',
    ports: tamper({
      transaction: (given, aim) =>
        aim === 'postpone' && expectedOf(given)['mode'] === 'rollback'
          ? patching(given, (fields) => ({ ...fields, undoFailures: 1 }))
          : given,
    }),
  },
  {
    name: 'unknown-effect-counted-with-the-topic',
    bug: 'a rollback waits the less for who knows its effect, the longer its topic was unknown',
    ports: changing('cancel', ({ unknownMs: _, ...fields }) => fields),
  },
  {
    name: 'unknown-effect-not-counted-anew',
    bug: 'who knows an effect fails to undo it, and the next one who does not fails as well',
    ports: changing('postpone-rollback', ({ unknownMs: _, ...fields }) => fields),
  },
  {
    name: 'outage-burns-an-attempt',
    bug: 'a read that meets a short outage of the store fails the attempt, and is not tried again within the lease',
    ports: (ports, process) =>
      process.name.startsWith('worker-') ? tamper({ hidesOutages: true })(ports) : ports,
  },
  {
    name: 'failures-forgotten',
    bug: 'a later failure replaces the history of the earlier ones',
    ports: changing('fail', (fields) => {
      const { failures } = fields;
      return { ...fields, failures: Array.isArray(failures) ? failures.slice(-1) : [] };
    }),
  },
];
