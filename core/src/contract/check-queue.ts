import { type QueueName, queueNames } from '../broker.ts';
import { PayloadError } from '../errors.ts';

/** Throws a `PayloadError` for what is none of the queues. */
export const checkQueue = (queue: QueueName): void => {
  if (queueNames.includes(queue)) return;
  throw new PayloadError(`there is no queue ${JSON.stringify(queue)}`, {
    fix: `use ${queueNames.join(', ')}`,
  });
};
