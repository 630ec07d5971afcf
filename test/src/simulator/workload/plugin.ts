import { defineHandler, definePlugin, type Plugin } from '@waybill/core';
import type { SimProcess } from '../sim-process.ts';
import { collections } from './collections.ts';
import type { Effects } from './effects.ts';
import { Performance } from './perform.ts';
import type { Plan } from './plan.ts';
import { taskTypes } from './task-types.ts';

/** The workload as one process has it loaded. */
export const pluginOf = (process: SimProcess, effects: Effects): Plugin =>
  definePlugin({
    name: 'simulated',
    collections,
    effects: Object.values(effects),
    handlers: Object.values(taskTypes).map((type) =>
      defineHandler({
        ...type,
        run: (input, work) => new Performance(process, effects, work).perform(input as unknown as Plan), // from `inputOf`
      }),
    ),
  });
