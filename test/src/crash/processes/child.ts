import type { Deployment } from '../deployment.ts';
import { recover, type RecoveryOrders } from './recover.ts';
import { beVictim, type VictimOrders } from './victim.ts';
import { beWorker, type WorkerOrders } from './worker.ts';

/** What a child process is told to be. */
export type Role =
  | { readonly role: 'victim'; readonly orders: VictimOrders }
  | { readonly role: 'worker'; readonly orders: WorkerOrders }
  | { readonly role: 'recovery'; readonly orders: RecoveryOrders };

/** Its one argument, as JSON. */
export type Call = Role & { readonly deployment: Deployment };

const play = (call: Call): Promise<void> => {
  switch (call.role) {
    case 'victim':
      return beVictim(call.deployment, call.orders);
    case 'worker':
      return beWorker(call.deployment, call.orders);
    case 'recovery':
      return recover(call.deployment, call.orders);
  }
};

/** Whoever started us has died: nobody would ever end us. */
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
if ('unref' in process.stdin) process.stdin.unref();

// This file is the program of the child processes, started by `start-child.ts` only.
await play(JSON.parse(process.argv[2] ?? '') as Call);
