import type { Message } from '../channel.ts';
import { PayloadError } from '../errors.ts';
import { subjectName } from '../subject.ts';
import { checkJson } from './check-json.ts';
import { checkText, longestId } from './check-text.ts';
import { quoted } from './quoted.ts';
import { longestSubject } from './subject-pattern.ts';

/** Throws a `PayloadError` for a message that could not arrive as it is. */
export const checkMessage = ({ id, subject, key, body }: Message): void => {
  if (typeof subject !== 'string' || subject.length > longestSubject || !subjectName.test(subject))
    throw new PayloadError(`${quoted(subject)} is no subject`, {
      fix: `use dot-separated words of A-Z a-z 0-9 _ -, at most ${longestSubject} characters`,
    });
  checkText(id, 'id of a message', longestId);
  if (key !== undefined && key !== '') checkText(key, 'key of a message', longestId);
  checkJson(body, 'the body of a message');
};
