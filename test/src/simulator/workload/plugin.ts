import { defineHandler, definePlugin, type Plugin } from '@waybill/core';
import type { SimProcess } from '../sim-process.ts';
import { collections } from './collections.ts';
import type { AllEffects } from './effects.ts';
import { Performance } from './perform.ts';
import type { Plan } from './plan.ts';
import { taskTypes, type Topic } from './task-types.ts';

/** The workload as one process has it loaded: with the handlers and effects of the topics that it knows. */
export const pluginOf = (
  process: SimProcess,
  { repeated, ...common }: AllEffects,
  known: readonly Topic[],
): Plugin =>
  definePlugin({
    name: 'simulated',
    collections,
    effects: [...known.map((topic) => repeated[topic]), ...Object.values(common)],
    handlers: known.map((topic) =>
      defineHandler({
        ...taskTypes[topic],
        run: (input, work) =>
          new Performance(process, { ...common, repeated: repeated[topic] }, work).perform(
            input as unknown as Plan, // from `inputOf`
          ),
      }),
    ),
  });
