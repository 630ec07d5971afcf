import type { QueueName } from './broker.ts';
import { PayloadError } from './errors.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** What a producer must know of a topic. */
export interface TaskType<Input extends Schema = Schema, Output extends Schema = Schema> {
  readonly topic: string;
  /** Checked when a task is submitted and again before it runs: the record may be older than the code. */
  readonly input: Input;
  /** Checked before the commit; what it answers is the result. Absent: any JSON. */
  readonly output?: Output;
  /** Default: by priority; 8 to 10 critical, 4 to 7 normal, below batch. */
  readonly queue?: QueueName;
  /** 0 to 10, default 5. */
  readonly priority?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Of one attempt. Default from the config, 5 minutes. */
  readonly timeoutMs?: number;
  /** `serializable` (default): all that was read is validated at the commit. `snapshot`: only what is written. */
  readonly isolation?: 'serializable' | 'snapshot';
}

/** Does the tasks of one topic. May be started more than once for a task; what it stages counts once. */
export interface Handler<Input extends Schema = Schema, Output extends Schema = Schema>
  extends TaskType<Input, Output> {
  /** Answers the result, or throws: see `permanent` and `transient` for what a thrown error means. */
  run(input: OutputOf<Input>, work: UnitOfWork): Promise<InputOf<Output>> | InputOf<Output>;
}

/** Made by the container, with what its constructor's `@inject(Token)` parameters ask for. */
export type HandlerClass = new (...dependencies: never[]) => Handler;

const topicName = /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** Throws a `PayloadError` if the topic is no name of dot-separated words, at most 100 characters. */
export const defineTaskType = <Input extends Schema, Output extends Schema = Schema>(
  type: TaskType<Input, Output>,
): TaskType<Input, Output> => {
  checkTopic(type.topic);
  return Object.freeze({ ...type });
};

export const defineHandler = <Input extends Schema, Output extends Schema = Schema>(
  handler: Handler<Input, Output>,
): Handler<Input, Output> => {
  checkTopic(handler.topic);
  return handler;
};

const checkTopic = (topic: string): void => {
  if (topicName.test(topic) && topic.length <= 100) return;
  throw new PayloadError(`topic ${JSON.stringify(topic)} is not allowed`, {
    fix: 'use dot-separated words of A-Z a-z 0-9 _ -, beginning with a letter, at most 100 characters',
  });
};
