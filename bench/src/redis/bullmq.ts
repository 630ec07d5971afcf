import { Queue, Worker } from 'bullmq';
import { type Contender, payload } from '../contender.ts';
import { counter } from '../counter.ts';

/**
 * BullMQ as it is fastest here: one worker, one connection for commands, no auto-pipelining, which makes its workers
 * slower. Ended jobs and their results are kept, as ours are; nothing listens to events.
 */
export const openBullmq = async (url: string): Promise<Contender> => {
  const connection = { url };
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  const count = counter();
  let worker: Worker | undefined;
  const contender: Contender = {
    submit: async (n) => {
      await queue.add('bench', payload(n));
    },
    submitMany: async (from, many) => {
      const one = (_: unknown, i: number) => ({ name: 'bench', data: payload(from + i) });
      await queue.addBulk(Array.from({ length: many }, one));
    },
    startWorkers: async ({ concurrency }) => {
      const run = async ({ data }: { readonly data: { readonly n: number } }) => {
        contender.onStart?.(data.n);
        return { ok: true };
      };
      worker = new Worker('bench', run, { connection, concurrency });
      worker.on('completed', count.one);
      worker.on('error', (error) => console.error(error));
      await worker.waitUntilReady();
    },
    ended: count.wait,
    close: async () => {
      await worker?.close(true);
      await queue.close();
    },
  };
  return contender;
};
