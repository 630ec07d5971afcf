import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import { quantiles, type Scenario } from '../scenario.ts';

const pauseMs = 4;
/** Sent first, and not counted: both sides compile what they do. */
const warmUp = 200;
const counted = 500;

/** From the call of submit to the beginning of the handler, one every few milliseconds, with idle workers. */
export const latency: Scenario = {
  name: 'start latency, same process',
  unit: 'ms',
  async measure(contender, scale) {
    await contender.startWorkers?.({ concurrency: 10, document: false });
    await sleep(200);
    const took: number[] = [];
    for (let n = 0; n < (warmUp + counted) * scale; n++) {
      const started = new Promise<number>((resolve) => {
        contender.onStart = () => resolve(performance.now());
      });
      const from = performance.now();
      await contender.submit?.(n);
      took.push((await started) - from);
      await sleep(pauseMs);
    }
    return quantiles(took.slice(warmUp * scale));
  },
};

/** The same with the worker in another process. The monotonic clock is the machine's, so that both can be compared. */
export const latencyAcross: Scenario = {
  name: 'start latency, other process',
  unit: 'ms',
  async measure(contender, scale, { suite, contender: name, folder }) {
    const worker = fork(join(import.meta.dirname, 'latency-worker.ts'), [suite, name, folder], {
      execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
    });
    const starts = new Map<number, (at: bigint) => void>();
    await new Promise<void>((resolve, reject) => {
      worker.on('exit', (code) => reject(new Error(`the worker has ended with ${code}`)));
      worker.on(
        'message',
        (message: { readonly ready?: true; readonly n?: number; readonly at?: string }) => {
          if (message.ready === true) resolve();
          else starts.get(message.n ?? -1)?.(BigInt(message.at ?? 0));
        },
      );
    });
    await sleep(500);
    const took = await sendOneByOne(contender, (warmUp + counted) * scale, starts);
    worker.kill('SIGKILL');
    return quantiles(took.slice(warmUp * scale));
  },
};

const sendOneByOne = async (
  contender: Contender,
  count: number,
  starts: Map<number, (at: bigint) => void>,
): Promise<readonly number[]> => {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const begun = new Promise<bigint>((resolve) => starts.set(n, resolve));
    const from = process.hrtime.bigint();
    await contender.submit?.(n);
    took.push(Number((await begun) - from) / 1e6);
    await sleep(pauseMs);
  }
  return took;
};
