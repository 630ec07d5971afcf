import type { QueueName } from '@waybill/core';
import type { Call } from './call.ts';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';

export interface SelectionOptions {
  readonly all?: boolean;
  readonly topic?: string;
  readonly queue?: QueueName;
  readonly tenant?: string;
  readonly yes?: boolean;
}

export interface LetterFilter {
  readonly topic?: string;
  readonly queue?: QueueName;
  readonly tenant?: string;
}

/** One dead letter, or all that match: never all by mistake. */
export type Selection =
  | { readonly id: string; readonly tenant: string }
  | { readonly filter: LetterFilter; readonly text: string };

export const selectionOf = ({ args: [id], options }: Call<SelectionOptions>, verb: string): Selection => {
  const { all = false, topic, queue, tenant } = options;
  if (id !== undefined && !all && topic === undefined && queue === undefined)
    return { id, tenant: tenant ?? 'default' };
  if (id === undefined && all) {
    const filter = {
      ...(topic === undefined ? {} : { topic }),
      ...(queue === undefined ? {} : { queue }),
      ...(tenant === undefined ? {} : { tenant }),
    };
    const conditions = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
    return { filter, text: conditions.length === 0 ? 'of all topics' : `of ${conditions.join(', ')}` };
  }
  throw new CommandError(
    id === undefined
      ? 'which dead letters? neither an id nor --all was given'
      : 'an id goes with none of --all, --topic, --queue',
    {
      exit: exitCodes.usage,
      fix: [`waybill dead-letter ${verb} ID`, `waybill dead-letter ${verb} --all --topic TOPIC`],
    },
  );
};
