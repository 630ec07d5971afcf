import type { Message } from '../channel.ts';
import { PayloadError } from '../errors.ts';
import { subjectName } from '../subject.ts';
import { checkJson } from './check-json.ts';
import { longestSubject } from './subject-pattern.ts';

/** Throws a `PayloadError` for a message that could not arrive as it is. */
export const checkMessage = ({ id, subject, key, body }: Message): void => {
  if (typeof subject !== 'string' || subject.length > longestSubject || !subjectName.test(subject))
    throw new PayloadError(`${JSON.stringify(subject)} is no subject`, {
      fix: `use dot-separated words of A-Z a-z 0-9 _ -, at most ${longestSubject} characters`,
    });
  if (typeof id !== 'string' || id === '' || !id.isWellFormed())
    throw new PayloadError('the id of a message is not allowed', { fix: 'use text of valid Unicode' });
  if (key !== undefined && (typeof key !== 'string' || !key.isWellFormed()))
    throw new PayloadError('the key of a message is not allowed', { fix: 'use text of valid Unicode' });
  checkJson(body, 'the body of a message');
};
