import type { QueueStatus, WorkerRecord } from '@waybill/core';
import type { Action } from './call.ts';
import { durationText } from './duration-text.ts';
import type { Output } from './output.ts';
import { viewServer } from './queue-servers.ts';
import { pluralOf } from './scan-tasks.ts';
import { dim, yellow } from './styled.ts';

export const showStatus: Action = (invocation) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const [queues, servers] = await Promise.all([waybill.queues.status(), waybill.queues.servers()]);
    if (output.json) {
      output.document({ queues: queues.map(viewQueue), servers: servers.map(viewServer) });
      return undefined;
    }
    printQueues(output, queues);
    output.data(dim(workersLine(servers)));
    advise(output, queues, servers);
    return undefined;
  });

/** What cannot be told is `null`, not absent: programs find every key. */
export const viewQueue = (status: QueueStatus): object => ({
  ...status,
  tickets: status.tickets ?? null,
  oldestMs: status.oldestMs ?? null,
});

const printQueues = (output: Output, queues: readonly QueueStatus[]): void => {
  const titles = ['WAITING', 'DELAYED', 'RUNNING', 'STUCK', 'FAILED', 'TICKETS', 'OLDEST'];
  output.table(
    [{ title: 'QUEUE' }, ...titles.map((title) => ({ title, right: true }))],
    queues.map(({ queue, waiting, delayed, running, stuck, failed, tickets, oldestMs }) => [
      queue,
      ...[waiting, delayed, running, stuck, failed, tickets ?? '?'].map(String),
      oldestMs === undefined ? '-' : durationText(oldestMs),
    ]),
  );
};

const workersLine = (servers: readonly WorkerRecord[]): string => {
  const total = (of: (server: WorkerRecord) => number): number =>
    servers.reduce((sum, server) => sum + of(server), 0);
  const running = total((server) => server.running);
  return `${servers.length} ${pluralOf(servers.length, 'worker')}, ${running} of ${total(({ slots }) => slots)} slots busy`;
};

const advise = (output: Output, queues: readonly QueueStatus[], servers: readonly WorkerRecord[]): void => {
  const total = (of: (queue: QueueStatus) => number): number =>
    queues.reduce((sum, queue) => sum + of(queue), 0);
  const warn = (text: string, next: string): void => {
    output.note(yellow('! '), text);
    output.next(next);
  };
  if (queues.some(({ tickets }) => tickets === undefined))
    warn('the broker cannot be reached; tasks run more slowly, and none is lost', 'waybill doctor');
  if (total(({ waiting }) => waiting) > 0 && servers.length === 0)
    warn('tasks wait and no worker is running', 'start one: waybill worker');
  const failed = total((queue) => queue.failed);
  if (failed > 0)
    warn(`${failed} ${pluralOf(failed, 'task')} failed for good`, 'why: waybill dead-letter list --by-cause');
  const stuck = total((queue) => queue.stuck);
  if (stuck > 0)
    warn(`${stuck} ${pluralOf(stuck, 'rollback')} wait for an operator`, 'waybill task list --stuck');
};
