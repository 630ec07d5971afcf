import type { TaskRecord } from '@waybill/core';
import type { Action } from './call.ts';
import { countMatching, type ManyOptions, pluralOf, typedQueues } from './scan-tasks.ts';

export const retryQueues: Action<ManyOptions> = (invocation, { options }) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const queues = typedQueues(options.queue);
    const tenant = options.tenant === undefined ? {} : { tenant: options.tenant };
    const filter = { queues, status: ['available', 'rolling-back'], ...tenant } as const;
    const { count, text } = await countMatching(waybill, filter, waits);
    const what = `${text} delayed or stuck ${pluralOf(count, 'task')} of ${queues.join(', ')}`;
    if (options.dryRun === true) {
      if (output.json) output.document({ queues, matching: count, retried: 0 });
      else output.data(`would make due ${what}; nothing has been changed`);
      return undefined;
    }
    // Also what was submitted for later would run now.
    if (count > 0) await invocation.confirm(`make due now ${what}?`, options);
    const retried = await waybill.queues.retry(queues, options.tenant);
    if (output.json) output.document({ queues, matching: count, retried });
    else output.data(`${retried} ${pluralOf(retried, 'task')} made due`);
    output.next('failed tasks are dead letters: waybill dead-letter replay --all');
    return undefined;
  });

const waits = ({ phase }: TaskRecord): boolean => phase === 'delayed' || phase === 'stuck';
