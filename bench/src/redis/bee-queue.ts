import BeeQueue from 'bee-queue';
import { type Contender, payload } from '../contender.ts';
import { counter } from '../counter.ts';

type Payload = ReturnType<typeof payload>;

/**
 * bee-queue as it is fastest: no events, no jobs kept in memory. Ended jobs stay, without their results: it never stores
 * any.
 */
export const openBeeQueue = async (url: string): Promise<Contender> => {
  const { hostname: host, port } = new URL(url);
  const open = async (isWorker: boolean): Promise<BeeQueue<Payload>> => {
    const settings = { isWorker, getEvents: false, sendEvents: false, storeJobs: false };
    return new BeeQueue('bench', { ...settings, redis: { host, port: Number(port) } }).ready();
  };
  const queue = await open(false);
  const count = counter();
  let worker: BeeQueue<Payload> | undefined;
  const contender: Contender = {
    submit: async (n) => {
      await queue.createJob(payload(n)).save();
    },
    submitMany: async (from, many) => {
      const jobs = Array.from({ length: many }, (_, i) => queue.createJob(payload(from + i)));
      const failed = await queue.saveAll(jobs);
      if (failed.size > 0) throw new Error(`${failed.size} jobs were not saved`);
    },
    startWorkers: async ({ concurrency }) => {
      worker = await open(true);
      worker.on('succeeded', count.one);
      worker.on('error', (error) => console.error(error));
      worker.process(concurrency, async ({ data }) => {
        contender.onStart?.(data.n);
        return { ok: true };
      });
    },
    ended: count.wait,
    close: async () => {
      await worker?.close(0);
      await queue.close(0);
    },
  };
  return contender;
};
