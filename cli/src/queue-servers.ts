import type { WorkerRecord } from '@waybill/core';
import type { Action } from './call.ts';
import { durationText } from './duration-text.ts';
import { isoOf } from './task-view.ts';

export const listServers: Action = (invocation) =>
  invocation.withStore(async ({ waybill }) => {
    const { output } = invocation;
    const servers = await waybill.queues.servers();
    if (output.json) {
      output.document({ servers: servers.map(viewServer) });
      return undefined;
    }
    if (servers.length === 0) {
      output.note('no worker process has been seen lately');
      output.next('start one: waybill worker');
      return undefined;
    }
    const now = waybill.engine.context.clock.now();
    output.table(
      [
        { title: 'HOST', cut: true },
        { title: 'PID', right: true },
        { title: 'RUNNING', right: true },
        { title: 'SLOTS', right: true },
        { title: 'TOPICS', right: true },
        { title: 'STATE' },
        { title: 'UP', right: true },
        { title: 'SEEN', right: true },
      ],
      servers.map(({ host, pid, running, slots, topics, state, startedAt, seenAt }) => [
        ...[host, `${pid}`, `${running}`, `${slots}`, `${topics}`, state],
        ...[durationText(now - startedAt), `${durationText(now - seenAt)} ago`],
      ]),
    );
    return undefined;
  });

export const viewServer = (server: WorkerRecord): object => ({
  ...server,
  startedAt: isoOf(server.startedAt),
  seenAt: isoOf(server.seenAt),
});
