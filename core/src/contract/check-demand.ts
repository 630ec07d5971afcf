import type { Demand } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import { checkQueue } from './check-queue.ts';

/** Throws a `PayloadError` for a demand that cannot be met. */
export const checkDemand = ({ wanted, waitMs }: Demand): void => {
  for (const { queue, max } of wanted) {
    checkQueue(queue);
    if (!Number.isInteger(max) || max < 1)
      throw new PayloadError('the `max` of a demand is not allowed', { fix: 'use 1 or more' });
  }
  if (!(waitMs >= 0))
    throw new PayloadError('the `waitMs` of a demand is not allowed', { fix: 'use 0 or more' });
};
