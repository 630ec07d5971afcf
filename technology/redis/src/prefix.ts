/** First part of every key of a namespace; the braces make it the hash tag, so that all of them share one slot. */
export const prefixOf = (namespace: string): string => `{${namespace}}`;
