import { oneLine } from '../engine/one-line.ts';

/** What somebody gave as a name, in a message that says that it is none: cut, on one line, and only if it is text. */
export const quoted = (given: unknown): string =>
  typeof given === 'string' ? JSON.stringify(oneLine(given, 80)) : `what is no text, but ${typeof given},`;
