import { type Message, PayloadError, subjectName } from '@waybill/core';

/** A message as it is stored: its body is JSON text. */
export interface Written {
  readonly subject: string;
  readonly key: string | null;
  readonly id: string;
  readonly body: string;
  readonly hint: boolean;
}

/** Throws a `PayloadError` for a message that could not arrive as it is. */
export const writeMessage = ({ id, subject, key, body, hint = false }: Message): Written => {
  if (!subjectName.test(subject) || subject.length > 255) {
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
  return { subject, key: key ?? null, id, body: toJson(body), hint };
};

const toJson = (body: unknown): string => {
  let json: string | undefined;
  try {
    json = JSON.stringify(body);
  } catch (cause) {
    throw new PayloadError('the body of a message is no JSON', { cause });
  }
  if (json === undefined) throw new PayloadError('the body of a message is no JSON');
  return json;
};
