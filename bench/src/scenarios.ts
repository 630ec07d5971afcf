import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';

/** One thing measured. `measure` answers its figure; higher is better for rates, lower for latencies and costs. */
export interface Scenario {
  readonly name: string;
  readonly unit: 'tasks/s' | 'ms' | 'µs/task';
  /** How large a part of the measurement is run once before it, uncounted. */
  readonly warmUp?: number;
  /** 2: measured by `measureOtherProcess`. */
  readonly processes?: 2;
  measure(contender: Contender, scale: number): Promise<Readonly<Record<string, number>>>;
}

const rate = (count: number, fromMs: number): number => (count / (performance.now() - fromMs)) * 1_000;
const missing = (what: string): never => {
  throw new Error(`the contender has no ${what}`);
};

const submit = (inFlight: number): Scenario => ({
  name: `submit ${inFlight}`,
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const one = contender.submit?.bind(contender) ?? missing('submit');
    const count = Math.round((inFlight === 1 ? 2_000 : 20_000) * scale);
    const from = performance.now();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return { rate: rate(count, from) };
  },
});

const bulk: Scenario = {
  name: 'submit bulk 500',
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const many = contender.submitMany?.bind(contender) ?? missing('submitMany');
    const count = 500 * Math.round(100 * scale);
    const from = performance.now();
    for (let n = 0; n < count; n += 500) await many(n, 500);
    return { rate: rate(count, from) };
  },
};

/** Prefilled; from the start of the workers until the last end is stored. */
const drain = (concurrency: number, document: boolean): Scenario => ({
  name: `end to end ${concurrency}${document ? ', one document' : ''}`,
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const count = 500 * Math.max(1, Math.round((concurrency === 1 ? 4 : 40) * scale));
    for (let n = 0; n < count; n += 500) await contender.submitMany?.(n, 500);
    const from = performance.now();
    await contender.startWorkers?.({ concurrency, document });
    await (contender.ended ?? missing('ended'))(count);
    return { rate: rate(count, from) };
  },
});

/** From the call of submit to the beginning of the handler, one every few milliseconds, with idle workers. */
const latency: Scenario = {
  name: 'start latency, same process',
  unit: 'ms',
  async measure(contender, scale) {
    await contender.startWorkers?.({ concurrency: 10, document: false });
    await sleep(200);
    const took: number[] = [];
    for (let n = 0; n < 200 * scale; n++) {
      const started = new Promise<number>((resolve) => {
        contender.onStart = () => resolve(performance.now());
      });
      const from = performance.now();
      await contender.submit?.(n);
      took.push((await started) - from);
      await sleep(4);
    }
    return quantiles(took);
  },
};

export const quantiles = (values: readonly number[]): { readonly p50: number; readonly p99: number } => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
};

/** CPU of claim and end, per task, with `waiting` others behind it. */
const depth = (waiting: number): Scenario => ({
  name: `cost at ${waiting} waiting`,
  unit: 'µs/task',
  async measure(contender, scale) {
    const count = 500 * Math.max(1, Math.round(20 * scale));
    const ended = contender.ended ?? missing('ended');
    const prefill = Math.max(waiting, 500);
    for (let n = 0; n < prefill; n += 500) await contender.submitMany?.(n, 500);
    await contender.startWorkers?.({ concurrency: 100, document: false });
    let spent = 0;
    if (waiting > count) {
      await ended(500);
      const before = process.cpuUsage();
      await ended(count);
      spent = cpu(before);
      return { cost: spent / count };
    }
    await ended(prefill);
    for (let done = 0; done < count; done += waiting) {
      await contender.submitMany?.(prefill + done, waiting);
      const before = process.cpuUsage();
      await ended(waiting);
      spent += cpu(before);
    }
    return { cost: spent / count };
  },
});

const cpu = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const otherProcess: Scenario = {
  name: 'start latency, other process',
  unit: 'ms',
  processes: 2,
  measure: () => missing('second process'),
};

/** Everything from submit to the answered commit, with nothing behind the ports. */
const overhead: Scenario = {
  name: 'framework overhead',
  unit: 'µs/task',
  async measure(contender, scale) {
    const ended = contender.ended ?? missing('ended');
    await contender.startWorkers?.({ concurrency: 100, document: false });
    const run = async (count: number): Promise<number> => {
      const before = process.cpuUsage();
      for (let n = 0; n < count; n += 500) {
        await contender.submitMany?.(n, 500);
        await ended(500);
      }
      return cpu(before) / count;
    };
    await run(20_000);
    return { cost: await run(Math.max(500, 40_000 * scale)) };
  },
};

export const scenarios: readonly Scenario[] = [
  submit(1),
  submit(100),
  bulk,
  ...[1, 10, 100].flatMap((concurrency) => [drain(concurrency, false), drain(concurrency, true)]),
  latency,
  otherProcess,
  overhead,
  depth(100),
  depth(100_000),
  depth(1_000_000),
];
