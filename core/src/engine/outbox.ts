import type { MessageChannel, Message } from '../channel.ts';
import { isWaybillError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { CollectionSpec, DocumentStore, Key, Stored, Write } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { parseJson } from './payload.ts';
import type { Points } from './points.ts';
import type { StoreClock } from './store-clock.ts';

/** A message that a task has committed: it waits here until the channel has confirmed it. */
export interface Outgoing {
  readonly id: string;
  readonly tenant: string;
  readonly subject: string;
  readonly key?: string;
  /** Serialised. */
  readonly body: string;
}

export const outboxCollection = {
  name: 'waybill.outbox',
  indexes: [{ name: 'at', fields: ['at'], acrossTenants: true }],
} as const satisfies CollectionSpec;

/** The committing process sends at once; only after this long does another one take it for dead. */
const othersWaitMs = 5_000;

export const outboxWrite = (message: Outgoing, now: number): Write => ({
  kind: 'put',
  key: keyOf(message),
  fields: {
    at: now + othersWaitMs,
    subject: message.subject,
    body: message.body,
    ...(message.key === undefined ? {} : { key: message.key }),
  },
});

const keyOf = ({ tenant, id }: Outgoing): Key => ({ collection: outboxCollection.name, tenant, id });

/**
 * Sends what tasks have committed, at least once. A row goes only after the channel's confirmation; the message
 * keeps its id, so that readers can drop what a repetition brings twice.
 */
export class OutboxRelay {
  readonly #store: DocumentStore;
  readonly #channel: MessageChannel;
  readonly #clock: StoreClock;
  readonly #points: Points;

  constructor({
    store,
    channel,
    clock,
    points,
  }: Pick<EngineContext, 'store' | 'channel' | 'clock' | 'points'>) {
    this.#store = store;
    this.#channel = channel;
    this.#clock = clock;
    this.#points = points;
  }

  /** Throws what the channel or the store threw; whatever is left is sent by a later sweep of any process. */
  async send(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return;
    const reached = this.#points.reach('relay.before');
    if (reached !== undefined) await reached;
    await this.#channel.publish(messages.map(messageOf));
    const passed = this.#points.reach('relay.after');
    if (passed !== undefined) await passed;
    await this.#store.commit(
      messages.map((message) => ({ expect: [], writes: [{ kind: 'delete', key: keyOf(message) }] })),
    );
  }

  /** Sends what a dead or disconnected process has left behind. Answers how many. */
  async sweep(limit = 500): Promise<number> {
    const page = await this.#store.find({
      collection: outboxCollection.name,
      index: 'at',
      equals: [],
      range: { max: this.#clock.now() },
      limit,
    });
    await this.send(page.documents.map(outgoingOf));
    return page.documents.length;
  }
}

/** A failed relay after the decision is the sweep's business, never the task's. */
export const isRelayLater = (error: unknown): boolean =>
  isWaybillError(error) && (error.retryable || error.code === 'WB_CLOSED');

const messageOf = ({ id, subject, key, body }: Outgoing): Message => ({
  id,
  subject,
  body: parseJson(body),
  ...(key === undefined ? {} : { key }),
});

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const outgoingOf = ({ key, fields }: Stored): Outgoing => ({
  id: key.id,
  tenant: key.tenant,
  subject: text(fields['subject']),
  body: text(fields['body']),
  ...(typeof fields['key'] === 'string' ? { key: fields['key'] } : {}),
});
