import { agentCollection, AgentLedger, isWaybillError, serveAgent, sleep } from '@waybill/core';
import type { Deployment } from './deployment.ts';
import type { Random } from './random.ts';
import type { SimProcess } from './sim-process.ts';
import { agentSubject } from './workload/effects.ts';

/** Keeps one process running that serves core's own agent; where it dies, another one starts after a while. */
export class Agents {
  readonly #deployment: Deployment;
  readonly #random: Random;
  #process: SimProcess | undefined;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    this.#random = deployment.random.fork('agents');
  }

  get alive(): SimProcess[] {
    return this.#process?.isAlive === true ? [this.#process] : [];
  }

  start(): void {
    const process = this.#deployment.spawn('agent');
    this.#process = process;
    const { world, settings } = this.#deployment;
    process.onDeath(() => world.after(this.#random.next() * settings.leaseMs, () => this.start()));
    world.guard(process.name, this.#serve(process));
  }

  /** A connection that breaks is made again. */
  async #serve(process: SimProcess): Promise<void> {
    const waybill = await this.#deployment.open(process);
    const { store } = waybill.engine.context;
    const { outside } = this.#deployment;
    const ledger = new AgentLedger(store, {
      do: (_, key) => outside.call({ verb: 'do', key, taskId: taskOf(key), by: process.name }),
      undo: (_, key) => void outside.call({ verb: 'undo', key, taskId: taskOf(key), by: process.name }),
    });
    const { signal } = new AbortController();
    for (;;) {
      try {
        await store.prepare([agentCollection]);
        await serveAgent(waybill, agentSubject, ledger, signal);
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
      }
      await sleep(process.runtime, 50);
    }
  }
}

/** Keys of effects begin with the id of their task. */
const taskOf = (key: string): string => key.slice(0, key.indexOf('.'));
