import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import {
  defineCollection,
  defineHandler,
  isWaybillError,
  openEngine,
  type PortName,
  type Ports,
  Waybill,
} from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { onTestFinished } from 'vitest';
import { adapterHarness } from './conformance/adapter-harness.ts';
import { objects } from './crash/workload/collections.ts';
import { loadAdapter } from './harness/load-adapter.ts';

export const requestMs = 3_000;
/** The deadline of a request of the engine, and of the adapter's last one that began in it. */
const callLimitMs = 2 * requestMs + 2_000;

const marks = defineCollection({ name: 'marks', schema: objects<{ times: number }>() });

/** Counts how often it has committed, for each name. */
const mark = defineHandler({
  topic: 'mark',
  input: objects<{ name: string }>(),
  async run({ name }, work) {
    const before = await work.documents(marks).get(name);
    work.documents(marks).put(name, { times: (before?.times ?? 0) + 1 });
  },
});

/** Whatever is wrong with the network or the server, a call ends; and what may help is done again. */
const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const limit = performance.now() + 30_000; ; ) {
    const started = performance.now();
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > limit) throw error;
    } finally {
      const tookMs = performance.now() - started;
      assert.ok(tookMs < callLimitMs, `a call took ${tookMs} ms`);
    }
  }
};

/** A deployment whose tasks leave marks, so that it shows whether one was lost or done twice. */
export class Marking {
  readonly ports: Ports;
  readonly #waybill: Waybill;
  readonly #ids: string[] = [];

  /** Closed when the test is over. Each port has a technology and, with `use`, its options. */
  static async open(
    sections: Readonly<Record<PortName, { readonly use: string }>>,
    settings: { readonly window?: number } = {},
  ): Promise<Marking> {
    const ports: Ports = {
      store: await openPort('store', sections.store),
      broker: await openPort('broker', sections.broker),
      channel: await openPort('channel', sections.channel),
    };
    const engine = await openEngine({
      ports,
      plugins: [{ name: 'test', handlers: [mark], collections: [marks] }],
      settings: { leaseMs: 3_000, sweepMs: 300, requestMs, ...settings },
    });
    const waybill = new Waybill(engine, async () => {
      await Promise.all(Object.values(ports).map((port) => port.close()));
    });
    onTestFinished(() => waybill.close());
    return new Marking(ports, waybill);
  }

  private constructor(ports: Ports, waybill: Waybill) {
    this.ports = ports;
    this.#waybill = waybill;
  }

  async work(): Promise<void> {
    const worker = await startWorker(this.#waybill, { slots: { normal: 32 }, shutdownMs: 1_000 });
    onTestFinished(() => worker.stop());
  }

  /** A task for each name, submitted once, whatever happens. */
  async submit(names: readonly string[]): Promise<void> {
    const submissions = names.map((name) => ({
      type: mark,
      input: { name },
      options: { idempotencyKey: name },
    }));
    const tasks = await stubbornly(() => this.#waybill.submitMany(submissions));
    this.#ids.push(...tasks.map(({ id }) => id));
  }

  /** How often each has been done. */
  async times(names: readonly string[]): Promise<readonly number[]> {
    const found: number[] = [];
    for (const name of names) {
      const document = await stubbornly(() => this.#waybill.documents(marks).get(name));
      found.push(document?.value.times ?? 0);
    }
    return found;
  }

  /** Why attempts have failed, each code once. */
  async failures(): Promise<ReadonlySet<string>> {
    const codes = new Set<string>();
    for (const id of this.#ids) {
      const task = await stubbornly(() => this.#waybill.find(id));
      for (const { code } of task?.failures ?? []) codes.add(code);
    }
    return codes;
  }

  /** Resolves when each has been done. */
  async done(names: readonly string[], limitMs: number): Promise<void> {
    const limit = performance.now() + limitMs;
    for (let left = names; ; await pause(10)) {
      const found = await this.times(left);
      left = left.filter((_, i) => found[i] === 0);
      if (left.length === 0) return;
      assert.ok(performance.now() < limit, `${left.length} of ${names.length} are not done`);
    }
  }
}

export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

const openPort = async <P extends PortName>(
  port: P,
  { use, ...options }: { readonly use: string },
): Promise<Ports[P]> =>
  (await adapterHarness(await loadAdapter(port, use), { namespace: () => options })).fresh();
