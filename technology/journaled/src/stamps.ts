/**
 * A transaction has a number that no other one ever has, and the stamps of everything that is written for it follow
 * from that number. So whoever does a step of it writes the same, and a step that was done can be recognised.
 */
export const stampsOf = (transaction: number): Stamps => ({
  /** A document that the transaction holds; its entry while nothing is decided. */
  held: transaction,
  /** A document as the transaction has made it; its entry once it is committed. */
  applied: transaction + 1,
  /** A document that the transaction held and let go unchanged; its entry once it is aborted. */
  released: transaction + 2,
});

interface Stamps {
  readonly held: number;
  readonly applied: number;
  readonly released: number;
}

/** Between two numbers of transactions. */
export const stampsPerTransaction = 4;
