import {
  type LoadedConfig,
  type Opened,
  type QueueStatus,
  refusedMessages,
  type Waybill,
} from '@waybill/core';
import { type Check, failureOf, ok, warn } from './doctor-check.ts';
import type { Invocation } from './invocation.ts';
import { pluralOf } from './scan-tasks.ts';

/** What is seen once the deployment is open: guarantees, clocks, workers, and tasks that need somebody. */
export const deploymentChecks = async (
  invocation: Invocation,
  { config }: LoadedConfig,
): Promise<readonly Check[]> => {
  let opened: Opened;
  try {
    opened = await invocation.open();
  } catch (error) {
    return [failureOf('deployment', error)];
  }
  const { waybill } = opened;
  try {
    const queues = await waybill.queues.status();
    const guarantees = guaranteeChecks(opened);
    return [
      ...guarantees,
      ok('topics', [...waybill.engine.registry.handlers.keys()].toSorted().join(', ')),
      await clockCheck(waybill, config.lease.durationMs),
      await workersCheck(waybill, queues),
      ...taskChecks(queues),
      await messagesCheck(waybill),
    ];
  } catch (error) {
    return [failureOf('deployment', error)];
  } finally {
    await waybill.close();
  }
};

const guaranteeChecks = ({ guarantees, warnings }: Opened): readonly Check[] => [
  ok(
    'guarantee',
    `${guarantees.level}, for ${guarantees.processes} ${guarantees.processes === 'one' ? 'process' : 'processes'}`,
  ),
  ...warnings
    .filter(({ path }) => path.includes('.')) // what the backends say of themselves has been told
    .map(({ path, message, notes = [], fix }) => warn(path, [message, ...notes].join('\n'), fix ?? '')),
];

/** Only for people: leases and schedules use the store's clock. A far-off one still misleads who reads times. */
const clockCheck = async (waybill: Waybill, leaseMs: number): Promise<Check> => {
  const before = Date.now();
  const theirs = await waybill.engine.context.store.now();
  const after = Date.now();
  const skew = Math.round(theirs - (before + after) / 2);
  const message = `${skew} ms between the store and here, asked in ${after - before} ms`;
  if (after - before > leaseMs / 4)
    return warn(
      'clock',
      message,
      `the store is slow for a lease of ${leaseMs} ms: set lease.durationMs higher`,
    );
  return Math.abs(skew) > 2_000 + (after - before)
    ? warn('clock', message, 'synchronise the clocks of both machines (NTP)')
    : ok('clock', message);
};

const workersCheck = async (waybill: Waybill, queues: readonly QueueStatus[]): Promise<Check> => {
  const servers = await waybill.queues.servers();
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const message = `${servers.length} ${pluralOf(servers.length, 'worker process', 'worker processes')} seen, ${waiting} ${pluralOf(waiting, 'task')} waiting`;
  return servers.length === 0 && waiting > 0
    ? warn('workers', message, 'start one: waybill worker')
    : ok('workers', message);
};

/** Messages that tasks have committed and the channel will never take. */
const messagesCheck = async (waybill: Waybill): Promise<Check> => {
  const { total, messages } = await refusedMessages(waybill.engine.context.store, { limit: 1 });
  const [first] = messages;
  if (first === undefined) return ok('messages', 'the channel has refused none');
  return warn(
    'messages',
    `the channel has refused ${total} ${pluralOf(total, 'message')} for good; first ${first.subject} ${first.id}: ${first.reason}`,
    'mend the handler that publishes it; its other messages are not held up',
  );
};

const taskChecks = (queues: readonly QueueStatus[]): readonly Check[] => {
  const stuck = queues.reduce((sum, queue) => sum + queue.stuck, 0);
  const failures = queues.reduce((sum, queue) => sum + queue.failed, 0);
  return [
    ...(queues.some(({ tickets }) => tickets === undefined)
      ? [warn('broker', 'it does not answer; tasks run more slowly, and none is lost', 'see whether it runs')]
      : []),
    stuck > 0
      ? warn(
          'stuck',
          `${stuck} ${pluralOf(stuck, 'rollback')} wait for an operator`,
          'waybill task list --stuck',
        )
      : ok('stuck', 'no rollback is stuck'),
    failures > 0
      ? warn(
          'failed',
          `${failures} ${pluralOf(failures, 'dead letter')}`,
          'see why: waybill dead-letter list --by-cause',
        )
      : ok('failed', 'no dead letters'),
  ];
};
