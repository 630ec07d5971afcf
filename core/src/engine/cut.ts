/** Text from outside that a store or a channel can hold: no longer than this, and without half a surrogate pair. */
export const cut = (text: string, longest: number): string => {
  const short = text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
  return short.toWellFormed(); // last: the cut itself may fall into a pair
};
