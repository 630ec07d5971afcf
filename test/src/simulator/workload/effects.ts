import { defineAgentEffect, defineEffect, permanent, transient } from '@waybill/core';
import type { AgentBackend } from '../backends/agent-backend.ts';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import { objects } from './collections.ts';
import type { Topic } from './task-types.ts';

export const agentSubject = 'sim.agent';

const nameOfRepeated = (topic: Topic): string => `${topic}.repeated`;

/** What a worker knows that knows these topics: each has an effect of its own, and all have two in common. */
export const effectNamesOf = (known: readonly Topic[]): readonly string[] => [
  ...known.map(nameOfRepeated),
  'checked',
  'asked',
];

/** The effects as one process has them: requests to the agent, over a line that does to them what it likes. */
export const effectsOf = (process: SimProcess, agent: AgentBackend, link: Link, fails: () => boolean) => {
  const ask = async (verb: 'do' | 'undo', key: string, taskId: string): Promise<null> => {
    const apply = () => agent.call({ verb, key, taskId, by: process.name });
    if (fails()) throw transient('the agent is indisposed');
    const answer = await link.call({ name: verb, apply, parts: [apply] });
    if (answer === 'refused') throw permanent('this was undone before it was done');
    if (fails()) throw transient('the agent did it, and says that it did not');
    return null;
  };
  const repeatedOf = (topic: Topic) =>
    defineEffect({
      name: nameOfRepeated(topic),
      args: objects<{ readonly n: number }>(),
      do: (_, { key, task }) => ask('do', key, task.id),
      undo: async (_, { key, task }) => void (await ask('undo', key, task.id)),
    });
  const checked = defineEffect({
    name: 'checked',
    args: objects<{ readonly n: number }>(),
    do: (_, { key, task }) => ask('do', key, task.id),
    undo: async (_, { key, task }) => void (await ask('undo', key, task.id)),
    check: async (_, { key }) => {
      const happened = await link.call({ name: 'check', apply: () => agent.has(key) });
      return happened ? { happened, result: null } : { happened };
    },
  });
  const asked = defineAgentEffect({
    name: 'asked',
    subject: agentSubject,
    args: objects<{ readonly n: number }>(),
    timeoutMs: 300,
  });
  const repeated = { plain: repeatedOf('plain'), patient: repeatedOf('patient'), hasty: repeatedOf('hasty') };
  return { repeated, checked, asked } as const;
};
export type AllEffects = ReturnType<typeof effectsOf>;

/** Those that tasks of one topic have. */
export interface Effects extends Omit<AllEffects, 'repeated'> {
  readonly repeated: AllEffects['repeated'][Topic];
}
