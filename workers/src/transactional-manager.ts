import { type AttemptOf, type Handler, type Json, type Manager, parseBy, permanent } from '@waybill/core';
import { isThenable } from './is-thenable.ts';

type Result = Json | undefined;

/**
 * The manager of every topic that no other one owns: validated input, handler, validated result. It answers at once where
 * all of them do.
 */
export const transactionalManager: Manager = {
  name: 'transactional',
  topics: ['*'],
  manage(attempt) {
    const { task, input, handler } = attempt;
    if (handler === undefined) {
      throw permanent(`no worker that had the task knows the topic ${task.topic}`, {
        fix: 'add the plugin that defines it to `plugins` of the config',
        facts: { topic: task.topic },
      });
    }
    const parsed = parseBy(handler.input, input, `input of ${task.topic}`);
    return parsed instanceof Promise
      ? parsed.then((awaited) => run(handler, awaited, attempt))
      : run(handler, parsed, attempt);
  },
};

const run = (
  handler: Handler,
  parsed: unknown,
  { task, executor, unit }: AttemptOf,
): Promise<Result> | Result => {
  const result = executor.run(handler, parsed, unit);
  // Without a schema the result is checked to be JSON when it is serialised for the commit.
  if (handler.output === undefined) return result as Promise<Result> | Result;
  const { output } = handler;
  const check = (value: unknown) =>
    parseBy(output, value, `result of ${task.topic}`) as Promise<Result> | Result;
  return isThenable(result) ? Promise.resolve(result).then(check) : check(result);
};
