import { PayloadError, subjectName } from '@waybill/core';

/** A subject, or many: see `Subscription.subject`. */
export interface SubjectPattern {
  readonly text: string;
  /** Whether it stands for one subject. */
  readonly isExact: boolean;
  /** For a script: the subject itself, or the same as a pattern of Lua. */
  readonly lua: string;
  matches(subject: string): boolean;
}

/** Throws a `PayloadError` for what is no pattern. */
export const subjectPattern = (text: string): SubjectPattern => {
  const words = text.split('.');
  const plain = words.map((word, i) =>
    word === '*' || (word === '>' && i === words.length - 1) ? 'x' : word,
  );
  if (text.length > 255 || !subjectName.test(plain.join('.'))) {
    throw new PayloadError(`${JSON.stringify(text)} is no subject or pattern of subjects`, {
      fix: 'use dot-separated words of A-Z a-z 0-9 _ -, where * stands for one word and a last > for one or more',
    });
  }
  if (subjectName.test(text))
    return { text, isExact: true, lua: text, matches: (subject) => subject === text };
  const source = words.map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word)).join('\\.');
  const expression = new RegExp(`^${source}$`);
  return {
    text,
    isExact: false,
    lua: `^${words.map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word.replaceAll('-', '%-'))).join('%.')}$`,
    matches: (subject) => expression.test(subject),
  };
};
