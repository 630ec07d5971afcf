import type { Ports } from '../adapter.ts';
import type { Plugin } from '../plugin.ts';
import type { HandlerClass, Handler } from '../handler.ts';
import type { Runtime } from '../runtime.ts';
import type { CollectionSpec } from '../store.ts';
import { systemRuntime } from '../system-runtime.ts';
import { Committer } from './committer.ts';
import type { EngineContext, EngineLog } from './engine-context.ts';
import { Hints } from './hints.ts';
import { OutboxRelay, outboxCollection } from './outbox.ts';
import { noPoints, type Points } from './points.ts';
import { Requests } from './requests.ts';
import { createRegistry, type Registry } from './registry.ts';
import { defaultSettings, type EngineSettings } from './settings.ts';
import { StoreClock } from './store-clock.ts';
import { logsCollection } from './task-logs.ts';
import { tasksCollection } from './task-record.ts';
import { TicketWindow } from './ticket-window.ts';
import { Turns } from './turns.ts';
import { workersCollection } from './worker-records.ts';

export interface EngineOptions {
  readonly ports: Ports;
  readonly plugins?: readonly Plugin[];
  readonly settings?: Partial<EngineSettings>;
  readonly runtime?: Runtime;
  readonly points?: Points;
  readonly log?: EngineLog;
  readonly makeHandler?: (handler: HandlerClass) => Promise<Handler> | Handler;
}

/** The engine of one process: what submits, what works and what watches share. */
export interface Engine {
  readonly context: EngineContext;
  readonly registry: Registry;
  /** Waits for what is on its way. The ports stay open: they belong to whoever opened them. */
  close(): Promise<void>;
}

const silent: EngineLog = () => undefined;

/** Declares core's and the plugins' collections and measures the store's clock. Throws what the store throws. */
export const openEngine = async (options: EngineOptions): Promise<Engine> => {
  const {
    ports,
    plugins = [],
    runtime = systemRuntime(),
    points = noPoints,
    log = silent,
    makeHandler,
  } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const { store, broker, channel } = ports;
  const registry = await createRegistry(plugins, makeHandler);
  await store.prepare([...ownCollections, ...[...registry.collections.values()].map(specOf)]);
  const clock = new StoreClock(store, runtime);
  await clock.measure();
  const committer = new Committer(store, runtime);
  const tickets = new TicketWindow({ broker, runtime, settings, points, log });
  const hints = new Hints(channel, runtime, log);
  const outbox = new OutboxRelay({ store, channel, clock, points, log });
  const requests = new Requests({ channel, runtime, settings, log });
  const shared = {
    requests,
    committer,
    clock,
    outbox,
    tickets,
    hints,
    points,
    log,
    effects: registry.effects,
  };
  const turns = new Turns(runtime);
  const context: EngineContext = { store, broker, channel, runtime, settings, turns, ...shared };
  return {
    context,
    registry,
    close: async () => {
      await requests.close();
      await hints.close();
      await tickets.idle();
      await committer.idle();
    },
  };
};

export const ownCollections: readonly CollectionSpec[] = [
  tasksCollection,
  outboxCollection,
  logsCollection,
  workersCollection,
];

const specOf = ({ name, indexes }: { name: string; indexes: CollectionSpec['indexes'] }): CollectionSpec =>
  indexes === undefined ? { name } : { name, indexes };
