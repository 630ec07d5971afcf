import { defineEffect, type EffectContext, permanent } from '@waybill/core';
import { objects } from './collections.ts';
import type { FileAgent } from './file-agent.ts';

interface Args {
  readonly refusals: number;
}

/** The three ways in which an effect may be made certain again after a crash. */
export const effectsOn = (agent: FileAgent) => {
  const args = objects<Args>();
  const act = (_: Args, { key }: EffectContext): null => {
    if (agent.do(key) === 'refused') throw permanent('this was undone before it was done');
    return null;
  };
  const undo = ({ refusals }: Args, { key }: EffectContext): void => {
    if (agent.refuses(key, refusals)) throw new Error('the agent is indisposed');
    agent.undo(key);
  };
  return {
    repeated: defineEffect({ name: 'repeated', args, do: act, undo }),
    checked: defineEffect({
      name: 'checked',
      args,
      do: act,
      undo,
      check: (_, { key }) => (agent.isOn(key) ? { happened: true, result: null } : { happened: false }),
    }),
    // For services that leave no tombstone, and would do it twice under one key.
    'undone-in-doubt': defineEffect({
      name: 'undone-in-doubt',
      args,
      whenInDoubt: 'undo',
      do: act,
      undo: (_, { key }) => agent.forget(key),
    }),
  } as const;
};
export type Effects = ReturnType<typeof effectsOn>;
