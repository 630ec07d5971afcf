import { PayloadError } from '@waybill/core';

const subject = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const pattern = /^(([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?|>)$/;
const longest = 255;

export const checkSubject = (text: string): void => {
  if (text.length <= longest && subject.test(text)) return;
  throw new PayloadError(`${JSON.stringify(text)} is not a subject`, {
    fix: 'use dot-separated words of A-Z a-z 0-9 _ -, at most 255 characters',
  });
};

export const checkPattern = (text: string): void => {
  if (text.length <= longest && pattern.test(text)) return;
  throw new PayloadError(`${JSON.stringify(text)} is neither a subject nor a pattern`, {
    fix: 'use dot-separated words, * for one word, > at the end for one or more',
  });
};

export const isPattern = (text: string): boolean => text.includes('*') || text.endsWith('>');

/** Whether a subject matches. `>` is one word or more, never none. */
export const matcher = (text: string): ((subject: string) => boolean) => {
  if (!isPattern(text)) return (subject) => subject === text;
  const wanted = text.split('.');
  const isOpen = wanted.at(-1) === '>';
  if (isOpen) wanted.pop();
  return (subject) => {
    const words = subject.split('.');
    if (isOpen ? words.length <= wanted.length : words.length !== wanted.length) return false;
    return wanted.every((word, i) => word === '*' || word === words[i]);
  };
};
