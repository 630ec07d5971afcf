import { attempts } from './attempts.ts';
import { fences } from './fences.ts';
import { isolation } from './isolation.ts';
import { journal } from './journal.ts';
import { messages } from './messages.ts';
import type { Mutant } from './mutant.ts';
import { recovery } from './recovery.ts';
import { sagas } from './sagas.ts';

/**
 * In which a planted bug must be found. One of the rarest, `no-fence-on-progress`, is found in 10 of 10,000, first in the
 * 1,474th.
 */
export const schedulesPerMutant = 10_000;

/** Every planted bug: the simulator must find each, or it could not be trusted to find others. */
export const mutants: readonly Mutant[] = [
  ...fences,
  ...isolation,
  ...recovery,
  ...sagas,
  ...messages,
  ...attempts,
  ...journal,
];
