import type { Action } from './call.ts';
import { countMatching, type ManyOptions, pluralOf, typedQueues } from './scan-tasks.ts';

export const clearQueues: Action<ManyOptions> = (invocation, { options }) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const queues = typedQueues(options.queue);
    const tenant = options.tenant === undefined ? {} : { tenant: options.tenant };
    const { count, text } = await countMatching(waybill, { queues, status: 'available', ...tenant });
    const what = `${text} ${pluralOf(count, 'task')} of ${queues.join(', ')}`;
    if (options.dryRun === true) {
      if (output.json) output.document({ queues, matching: count, cleared: 0 });
      else output.data(`would cancel ${what}; nothing has been changed`);
      return undefined;
    }
    if (count > 0) await invocation.confirm(`cancel ${what}, for good?`, options);
    const cleared = await waybill.queues.clear(queues, options.tenant);
    if (output.json) output.document({ queues, matching: count, cleared });
    else output.data(`${cleared} ${pluralOf(cleared, 'task')} cancelled`);
    if (cleared > 0)
      output.next('to do one anew: waybill task list --status cancelled, waybill task retry ID');
    return undefined;
  });
