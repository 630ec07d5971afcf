import { PayloadError } from '../errors.ts';

/** Throws a `PayloadError` for what is no place among the events of a task. */
export const checkPlace = (seq: number): void => {
  if (Number.isFinite(seq) && seq >= 0) return;
  throw new PayloadError('`after` is no place among the events of a task', {
    fix: 'pass the `seq` of an event or a line, or leave it out',
  });
};
