import { type Arrived, checkMessage, isWaybillError, type Json, type Message } from '@waybill/core';

/** A message as the server holds it; its subject is the routing key. */
export const toMessageText = ({ id, key, body }: Message): string => JSON.stringify([id, key ?? null, body]);

/**
 * `undefined` for what is no message: anybody with a password can publish anything. `cursor` is absent for hints and
 * where there is no replay.
 */
export const fromMessageText = (
  text: string,
  subject: string,
  more: Pick<Arrived, 'cursor' | 'hint'>,
): Arrived | undefined => {
  try {
    const [id, key, body] = JSON.parse(text) as [string, string | null, Json]; // checked in the next line but one
    const message = { id, subject, ...(key === null ? {} : { key }), body, ...more };
    checkMessage(message);
    return message;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isWaybillError(error)) return undefined;
    throw error;
  }
};
