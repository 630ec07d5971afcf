import { ConfigError } from '@waybill/core';
import { replyCode } from './translate-error.ts';

export interface QueueDeclaration {
  readonly name: string;
  /** `x-queue-type` and what else makes it what it is. */
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
  /** Gone with the connection that made it. Default false: durable, and for everybody. */
  readonly fleeting?: boolean;
  /** Gone when nobody listens any more who did. */
  readonly autoDelete?: boolean;
}

const inequivalent =
  /inequivalent arg '([^']*)' for (queue|exchange) .*: received (.*?) but current is (.*?)"?$/;

/** What differs, where the server refuses to make a queue or exchange since there is another one of its name. */
export const differenceOf = (name: string, error: unknown): ConfigError | undefined => {
  if (replyCode(error) !== 406 || !(error instanceof Error)) return undefined;
  const [, argument, what = 'queue', wanted, found] = inequivalent.exec(error.message) ?? [];
  if (argument === undefined) return undefined;
  return new ConfigError(
    `the ${what} ${name} exists already, made otherwise: its ${argument} is ${plain(found)}, not ${plain(wanted)}`,
    {
      cause: error,
      facts: { name, argument },
      fix: `delete it (rabbitmqctl delete_${what} ${name}), configure it as it is, or use another namespace`,
    },
  );
};

/** `the value 'quorum' of type 'longstr'` → `quorum`. */
const plain = (text = 'something else'): string => /'([^']*)'/.exec(text)?.[1] ?? text;
