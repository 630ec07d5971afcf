import { type Arrived, type Json, type Message, PayloadError, subjectName } from '@waybill/core';

/** A message as streams and hints have it. Throws a `PayloadError` for one that could not arrive as it is. */
export const toMessageText = ({ id, subject, key, body }: Message): string => {
  if (
    typeof subject !== 'string' ||
    subject.length > 255 ||
    !subjectName.test(subject) ||
    subject.endsWith('\n')
  ) {
    throw new PayloadError(`${JSON.stringify(subject)} is no subject`, {
      fix: 'use dot-separated words of A-Z a-z 0-9 _ -, at most 255 characters',
    });
  }
  if (typeof id !== 'string' || id.length === 0 || !id.isWellFormed()) {
    throw new PayloadError('the id of a message must be text without lone surrogates');
  }
  if (key !== undefined && !key.isWellFormed()) {
    throw new PayloadError('the key of a message must be text without lone surrogates');
  }
  return JSON.stringify([id, subject, key ?? null, checkBody(body)]);
};

/** `cursor` is absent for hints. */
export const fromMessageText = (text: string, cursor: string | undefined): Arrived => {
  const [id, subject, key, body] = JSON.parse(text) as [string, string, string | null, Json]; // by toMessageText
  return {
    id,
    subject,
    ...(key === null ? {} : { key }),
    body,
    ...(cursor === undefined ? { hint: true } : { cursor }),
  };
};

const checkBody = (body: Json): Json => {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (cause) {
    throw new PayloadError('the body of a message is no JSON', { cause });
  }
  if (text === undefined) throw new PayloadError('the body of a message is no JSON');
  return body;
};
