import { attempts } from './attempts.ts';
import { fences } from './fences.ts';
import { isolation } from './isolation.ts';
import { journal } from './journal.ts';
import { messages } from './messages.ts';
import type { Mutant } from './mutant.ts';
import { recovery } from './recovery.ts';
import { sagas } from './sagas.ts';

/** In which a planted bug must be found. The rarest is found in one of six hundred, by bad luck not in the first 4,736. */
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
