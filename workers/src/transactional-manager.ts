import { type AttemptOf, type Json, type Manager, parseBy, permanent } from '@waybill/core';

/** The manager of every topic that no other one owns: validated input, handler, validated result. */
export const transactionalManager: Manager = {
  name: 'transactional',
  topics: ['*'],
  async manage({ task, input, handler, executor, unit }: AttemptOf): Promise<Json | undefined> {
    if (handler === undefined) {
      throw permanent(`no worker that had the task knows the topic ${task.topic}`, {
        fix: 'add the plugin that defines it to `plugins` of the config',
        facts: { topic: task.topic },
      });
    }
    const parsing = parseBy(handler.input, input, `input of ${task.topic}`);
    const parsed = parsing instanceof Promise ? await parsing : parsing;
    const result = await executor.run(handler, parsed, unit);
    // Without a schema the result is checked to be JSON when it is serialised for the commit.
    return handler.output === undefined
      ? (result as Json | undefined)
      : ((await parseBy(handler.output, result, `result of ${task.topic}`)) as Json | undefined);
  },
};
