import type { Fields } from '@waybill/core';
import type { Aim } from './aim.ts';
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
    name: 'failures-forgotten',
    bug: 'a later failure replaces the history of the earlier ones',
    ports: changing('fail', (fields) => {
      const { failures } = fields;
      return { ...fields, failures: Array.isArray(failures) ? failures.slice(-1) : [] };
    }),
  },
];
