import type { FinalState } from '../final-state.ts';

/** Every message of a committed task was heard, and none of any other run. */
export const checkMessages = ({ marks, heard }: FinalState): string[] => {
  const committed = new Map(
    [...marks].flatMap(([id, { messages }]) => messages.map((message) => [message, id])),
  );
  return [
    ...[...committed].flatMap(([message, id]) =>
      heard.has(message) ? [] : [`the message ${message} of ${id} was never heard`],
    ),
    ...[...heard].flatMap(([message, id]) =>
      committed.get(message) === id ? [] : [`the message ${message} of ${id} was heard, and not committed`],
    ),
  ];
};
