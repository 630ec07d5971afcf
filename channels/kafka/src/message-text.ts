import { type Arrived, checkMessage, isWaybillError, type Message } from '@waybill/core';

/** Kafka's key: of what shares it a compacted topic keeps the newest. */
export const keyOf = ({ subject, key }: Message): string =>
  key === undefined ? subject : `${subject} ${key}`;

/** Without reading the message. */
export const subjectOf = (recordKey: string): string => {
  const space = recordKey.indexOf(' ');
  return space < 0 ? recordKey : recordKey.slice(0, space);
};

export const toMessageText = ({ id, subject, key, body }: Message): string =>
  JSON.stringify([id, subject, key ?? null, body]);

/** Undefined for what is none: anybody who may write to the topic could have written it. */
export const fromMessageText = (text: unknown): Message | undefined => {
  if (typeof text !== 'string') return undefined;
  try {
    const [id, subject, key, body] = JSON.parse(text);
    const message: Message = { id, subject, ...(key === null ? {} : { key }), body };
    checkMessage(message);
    return message;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isWaybillError(error)) return undefined;
    throw error;
  }
};

export const fromHintText = (text: unknown): Arrived | undefined => {
  const message = fromMessageText(text);
  return message === undefined ? undefined : { ...message, hint: true };
};
