/** More tickets than any broker ever sees. 11 ranks of them are still safe integers. */
const ticketsPerRank = 2 ** 48;
const highestRank = 10;

/** Where a ticket stands in its queue: higher ranks before lower ones, and in one rank first come, first served. */
export const placeOf = (rank: number, sequence: number): number =>
  (highestRank - rank) * ticketsPerRank + sequence;

export const rankOf = (place: number): number => highestRank - Math.floor(place / ticketsPerRank);
