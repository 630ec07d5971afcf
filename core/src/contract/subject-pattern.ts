import { PayloadError } from '../errors.ts';
import { subjectName } from '../subject.ts';
import { quoted } from './quoted.ts';

/** A subject, or many: see `Subscription.subject`. */
export interface SubjectPattern {
  readonly text: string;
  /** The same, word by word: what an adapter needs to say it in the backend's own language. */
  readonly words: readonly string[];
  /** Whether it stands for one subject, which is then `text`. */
  readonly isExact: boolean;
  matches(subject: string): boolean;
}

/** Throws a `PayloadError` for what is neither a subject nor a pattern of subjects. */
export const subjectPattern = (text: string): SubjectPattern => {
  const words = typeof text === 'string' && text.length <= longestSubject ? text.split('.') : [];
  const plain = words.map((word, i) => (isWildcard(word, i === words.length - 1) ? 'x' : word));
  if (!subjectName.test(plain.join('.')))
    throw new PayloadError(`${quoted(text)} is neither a subject nor a pattern of subjects`, {
      fix: 'use dot-separated words of A-Z a-z 0-9 _ -, where * stands for one word and a last > for one or more',
    });
  if (plain.every((word, i) => word === words[i]))
    return { text, words, isExact: true, matches: (subject) => subject === text };
  const source = words.map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word)).join('\\.');
  const expression = new RegExp(`^${source}$`);
  return { text, words, isExact: false, matches: (subject) => expression.test(subject) };
};

export const longestSubject = 255;

const isWildcard = (word: string, isLast: boolean): boolean => word === '*' || (word === '>' && isLast);
