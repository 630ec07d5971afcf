import { Redis } from 'ioredis';
import { type Contender, payload } from '../contender.ts';
import { counter } from '../counter.ts';

/**
 * The limit: ioredis pushing payloads to a list, and taking as many as run at once from it while it writes the results
 * of those before, in one round trip. No record, no lease, nothing to recover.
 */
export const openRawIoredis = async (url: string): Promise<Contender> => {
  const redis = new Redis(url);
  const count = counter();
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = async (concurrency: number): Promise<void> => {
    let results: string[] = [];
    while (!stopped) {
      const pipeline = redis.pipeline();
      if (results.length > 0) pipeline.hset('results', ...results);
      pipeline.lpop('waiting', concurrency);
      const replies = await pipeline.exec();
      for (let i = 0; i < results.length; i += 2) count.one();
      const taken = (replies?.at(-1)?.[1] ?? []) as string[]; // the reply of LPOP with a count
      results = taken.flatMap((text) => {
        const { n } = JSON.parse(text) as ReturnType<typeof payload>;
        contender.onStart?.(n);
        return [String(n), '{"ok":true}'];
      });
    }
  };
  const contender: Contender = {
    submit: async (n) => {
      await redis.rpush('waiting', JSON.stringify(payload(n)));
    },
    submitMany: async (from, many) => {
      await redis.rpush(
        'waiting',
        ...Array.from({ length: many }, (_, i) => JSON.stringify(payload(from + i))),
      );
    },
    startWorkers: ({ concurrency }) => {
      running = run(concurrency);
    },
    ended: count.wait,
    close: async () => {
      stopped = true;
      await running;
      redis.disconnect();
    },
  };
  return contender;
};
