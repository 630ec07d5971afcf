import type { Reply } from './redis-link.ts';

/**
 * Instants that are names at the same time: to a fraction of a millisecond no two of one process are equal, and those of
 * several hardly ever, so that scripts refuse one that is taken. What shares an instant can be found by it, also by
 * somebody who never saw the answer to the request that made it.
 */
export class Instants {
  #last = Math.floor(Math.random() * fractions);

  /** The instant as Redis takes it for a score. */
  next(at: number): string {
    this.#last = (this.#last + 1) % fractions;
    return String(Math.floor(at) + this.#last / fractions);
  }
}

/** Of a millisecond. A double has eleven bits left for them until the year 2109. */
const fractions = 2 ** 11;

/** For scripts: whether something in the sorted set has this name already. */
export const isTakenLua = `
local function isTaken(set, name) return redis.call('ZCOUNT', set, name, name) > 0 end
`;

/** The reply of a script that was given a name that is taken, and did nothing. */
export const isTaken = (reply: Reply): boolean => Buffer.isBuffer(reply) && reply.toString() === 'TAKEN';
