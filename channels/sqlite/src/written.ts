import { checkMessage, type Message } from '@waybill/core';

/** A message as it is stored: its body is JSON text. */
export interface Written {
  readonly subject: string;
  readonly key: string | null;
  readonly id: string;
  readonly body: string;
  readonly hint: boolean;
}

/** Throws a `PayloadError` for a message that could not arrive as it is. */
export const writeMessage = (message: Message): Written => {
  checkMessage(message);
  const { id, subject, key = null, body, hint = false } = message;
  return { subject, key, id, body: JSON.stringify(body), hint };
};
