/**
 * Instants in ISO form lie in MongoDB as dates, and in the contract they are texts among other texts. The dates of
 * the years 0000 to 9999 are ordered like their texts, so that each text has its place between two dates.
 */
export const firstDate = new Date('0000-01-01T00:00:00.000Z');
export const lastDate = new Date('9999-12-31T23:59:59.999Z');

/** The first date whose text is not before this one. */
export const dateFrom = (text: string): Date | undefined => search((iso) => iso >= text);

/** The last date whose text is not behind this one. */
export const dateUpTo = (text: string): Date | undefined => {
  const next = search((iso) => iso > text);
  if (next === undefined) return lastDate;
  return next.getTime() > firstDate.getTime() ? new Date(next.getTime() - 1) : undefined;
};

/** The first date whose text fits; all later ones fit too. ASCII is before all else by code unit and by code point. */
const search = (fits: (iso: string) => boolean): Date | undefined => {
  let [low, high] = [firstDate.getTime(), lastDate.getTime() + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(new Date(middle).toISOString())) high = middle;
    else low = middle + 1;
  }
  return low > lastDate.getTime() ? undefined : new Date(low);
};
