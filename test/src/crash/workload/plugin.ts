import { defineHandler, definePlugin, type Plugin } from '@waybill/core';
import { collections } from './collections.ts';
import { effectsOn } from './effects.ts';
import type { FileAgent } from './file-agent.ts';
import { Performance } from './perform.ts';
import { workType } from './work-type.ts';

/** What knows the collections of a plugin, and none of its topics and effects. */
export const collectionsOf = (plugin: Plugin): Plugin =>
  definePlugin({ ...plugin, handlers: [], effects: [] });

/** The workload, its effects on this agent. */
export const workloadOn = (agent: FileAgent): Plugin => {
  const effects = effectsOn(agent);
  return definePlugin({
    name: 'crash-workload',
    collections,
    effects: Object.values(effects),
    handlers: [
      defineHandler({ ...workType, run: (plan, work) => new Performance(work, effects).perform(plan) }),
    ],
  });
};
