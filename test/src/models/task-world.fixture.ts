import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import {
  defineCollection,
  defineEffect,
  defineHandler,
  definePlugin,
  Dispatcher,
  type DocumentStore,
  type Effect,
  type Engine,
  type Handler,
  type Lease,
  openEngine,
  type RetryPolicy,
  type Runtime,
  type Schema,
  type Unit,
  Waybill,
} from '@waybill/core';
import { altered } from '../conformance/broken/altered.ts';
import type { ClientNumber, Clients } from './clients.ts';
import {
  type Hold,
  leaseMs,
  longestDelayMs,
  type Topic,
  topics,
  undoAttempts,
  unknownTopicMs,
} from './task-oracle.ts';

const anything = <T>(): Schema<T> => ({
  '~standard': { version: 1, vendor: 'waybill-model', validate: (value) => ({ value: value as T }) },
});

/** Counts the commits of each task. */
export const marks = defineCollection({ name: 'marks', schema: anything<{ readonly commits: number }>() });

/** The instant at which the simulated clock begins: 2026-01-01. */
export const beginning = 1_767_225_600_000;

const retry: RetryPolicy = { attempts: 3, minDelayMs: longestDelayMs, maxDelayMs: longestDelayMs };

/** Somebody outside, for whom every key is on or off. */
export class Agent {
  /** Of effects that are on: `task key`. */
  readonly on = new Set<string>();
  refusesUndo = false;

  readonly effect: Effect = defineEffect({
    name: 'switch',
    args: anything<null>(),
    do: (_, { task, key }) => void this.on.add(`${task.id} ${key}`),
    undo: (_, { task, key }) => {
      if (this.refusesUndo) throw new Error('out of order');
      this.on.delete(`${task.id} ${key}`);
    },
  });

  onOf(id: string): number {
    return [...this.on].filter((entry) => entry.startsWith(`${id} `)).length;
  }
}

/** One process that submits, works and sweeps. */
export interface Node {
  readonly engine: Engine;
  readonly waybill: Waybill;
  readonly dispatcher: Dispatcher;
}

/** What a claim has in the real world. */
export interface Claim {
  readonly hold: Hold;
  readonly node: Node;
  readonly lease: Lease;
  readonly unit: Unit;
}

/** Two nodes on one store, a clock that stands still between commands, and an agent. */
export class TaskWorld {
  readonly agent = new Agent();
  /** Of the tasks as the oracle counts them. */
  readonly ids: string[] = [];
  readonly #runtime: Runtime;
  #now = 0;
  #made = 0;
  #nodes: readonly Node[] = [];

  constructor() {
    this.#runtime = {
      now: () => beginning + this.#now,
      monotonic: () => this.#now,
      random: () => 0.5,
      id: () => `00000000-0000-7000-8000-${(++this.#made).toString(16).padStart(12, '0')}`,
      // Nothing here waits for time to pass: the loops of a worker are called by commands.
      timer: (ms, callback) => {
        if (ms === 0) setImmediate(callback);
        return { cancel: () => undefined };
      },
    };
  }

  async open(stores: Clients<DocumentStore>): Promise<void> {
    this.#nodes = [await this.#node(stores.client(0)), await this.#node(stores.client(1))];
  }

  node(n: ClientNumber): Node {
    const node = this.#nodes[n];
    if (node === undefined) throw new Error(`there is no node ${n}`);
    return node;
  }

  /** Time passes, for everybody. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  idOf(task: number): string {
    const id = this.ids[task];
    if (id === undefined) throw new Error(`there is no task ${task}`);
    return id;
  }

  /** The number of the task with this id, which may be a new one. */
  numberOf(id: string): number {
    const known = this.ids.indexOf(id);
    return known >= 0 ? known : this.ids.push(id) - 1;
  }

  async #node(store: DocumentStore): Promise<Node> {
    const engine = await openEngine({
      ports: {
        store: altered(store, { now: async () => this.#runtime.now() }),
        broker: new MemoryBroker(),
        channel: new MemoryChannel(),
      },
      plugins: [
        definePlugin({
          name: 'model',
          handlers: Object.values(handlers),
          effects: [this.agent.effect],
          collections: [marks],
        }),
      ],
      settings: { leaseMs, undoAttempts, unknownTopicMs, retry },
      runtime: this.#runtime,
    });
    return { engine, waybill: new Waybill(engine), dispatcher: new Dispatcher(engine.context) };
  }
}

const handlerOf = (topic: Topic): Handler =>
  defineHandler({
    topic,
    input: anything<null>(),
    retry: { attempts: topics[topic] },
    run: () => undefined, // commands say what it does
  });

export const handlers: Readonly<Record<Topic, Handler>> = {
  once: handlerOf('once'),
  twice: handlerOf('twice'),
  thrice: handlerOf('thrice'),
};
