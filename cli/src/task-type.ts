import {
  defineTaskType,
  didYouMean,
  type Manager,
  type Opened,
  type Schema,
  type TaskType,
} from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';

/** Takes any JSON: whether it fits is seen when a worker runs it. */
const anything: Schema = {
  '~standard': { version: 1, vendor: 'waybill', validate: (value) => ({ value }) },
};

/** What the loaded plugins say of a topic. One that none of them knows is not found, unless it is wanted anyway. */
export const taskTypeOf = (
  { waybill, loaded }: Pick<Opened, 'waybill' | 'loaded'>,
  topic: string,
  { anyTopic = false }: { readonly anyTopic?: boolean },
): TaskType => {
  const { handlers } = waybill.engine.registry;
  const handler = handlers.get(topic);
  if (handler !== undefined) return handler;
  if (anyTopic || isManaged(waybill.engine.registry.managers, topic))
    return defineTaskType({ topic, input: anything });
  const meant = didYouMean(topic, handlers.keys());
  const plugins = loaded.config.plugins;
  throw new CommandError(`no loaded plugin knows the topic ${topic}, so its input cannot be checked`, {
    exit: exitCodes['not-found'],
    fix: [
      ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
      `known topics: ${[...handlers.keys()].toSorted().join(', ')}`,
      plugins.length === 0
        ? `name the plugin that defines it in the config: plugins: ['./handlers']`
        : `plugins of the config: ${plugins.join(', ')}`,
      'or submit it unchecked, for workers that know it: --any-topic',
    ],
  });
};

/** A manager may own topics that have no handler; what they take is its own affair. */
const isManaged = (managers: readonly Manager[], topic: string): boolean =>
  managers
    .flatMap(({ topics }) => topics)
    .some((owned) => (owned.endsWith('.*') ? topic.startsWith(owned.slice(0, -1)) : topic === owned));
