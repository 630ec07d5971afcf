import type { TaskBroker } from '../broker.ts';
import type { MessageChannel } from '../channel.ts';
import type { Effect } from '../effect.ts';
import type { Runtime } from '../runtime.ts';
import type { DocumentStore } from '../store.ts';
import type { Committer } from './committer.ts';
import type { Hints } from './hints.ts';
import type { OutboxRelay } from './outbox.ts';
import type { Requests } from './requests.ts';
import type { Points } from './points.ts';
import type { EngineSettings } from './settings.ts';
import type { StoreClock } from './store-clock.ts';
import type { TicketWindow } from './ticket-window.ts';
import type { Turns } from './turns.ts';

/** What the parts of the engine share: one per process and deployment. */
export interface EngineContext {
  readonly store: DocumentStore;
  readonly broker: TaskBroker;
  readonly channel: MessageChannel;
  readonly runtime: Runtime;
  readonly settings: EngineSettings;
  readonly effects: ReadonlyMap<string, Effect>;
  readonly committer: Committer;
  readonly clock: StoreClock;
  readonly outbox: OutboxRelay;
  readonly tickets: TicketWindow;
  readonly hints: Hints;
  readonly requests: Requests;
  readonly turns: Turns;
  readonly points: Points;
  /** What goes wrong in the background; never payloads. */
  readonly log: EngineLog;
}

/** Events with fields, never sentences. */
export type EngineLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void;
