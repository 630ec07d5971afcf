import { type Arrived, checkMessage, type Json, type Message } from '@waybill/core';

/** A message as streams and hints have it. Throws a `PayloadError` for one that could not arrive as it is. */
export const toMessageText = (message: Message): string => {
  checkMessage(message);
  const { id, subject, key = null, body } = message;
  return JSON.stringify([id, subject, key, body]);
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
