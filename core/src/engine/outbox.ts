import type { MessageChannel, Message } from '../channel.ts';
import { isWaybillError, PayloadError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { CollectionSpec, DocumentStore, Key, Stored, Write } from '../store.ts';
import type { EngineContext, EngineLog } from './engine-context.ts';
import { oneLine } from './one-line.ts';
import { parseJson } from './payload.ts';
import type { Points } from './points.ts';
import type { StoreClock } from './store-clock.ts';
import { codeOf } from './fault-of.ts';

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
  indexes: [
    { name: 'at', fields: ['at'], acrossTenants: true },
    { name: 'refused', fields: ['refusedAt'], acrossTenants: true },
  ],
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
  readonly #log: EngineLog;

  constructor({
    store,
    channel,
    clock,
    points,
    log,
  }: Pick<EngineContext, 'store' | 'channel' | 'clock' | 'points' | 'log'>) {
    this.#store = store;
    this.#channel = channel;
    this.#clock = clock;
    this.#points = points;
    this.#log = log;
  }

  /** Throws what the channel or the store threw; whatever is left is sent by a later sweep of any process. */
  async send(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return;
    const reached = this.#points.reach('relay.before');
    if (reached !== undefined) await reached;
    try {
      await this.#channel.publish(messages.map(messageOf));
    } catch (error) {
      if (isRelayLater(error)) throw error;
      return this.#sendApart(messages, error);
    }
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

  /** One of them is refused for good: it must not hold up the others. */
  async #sendApart(messages: readonly Outgoing[], refusal: unknown): Promise<void> {
    const [first, ...others] = messages;
    if (first !== undefined && others.length === 0) return this.#setAside(first, refusal);
    for (const message of messages) await this.send([message]);
  }

  /** No sweep finds it any more; `refusedMessages` does. */
  async #setAside(message: Outgoing, refusal: unknown): Promise<void> {
    const key = keyOf(message);
    const code = codeOf(refusal);
    const fields = { at: undefined, refusedAt: this.#clock.now(), code, reason: reasonOf(refusal) };
    this.#log('error', 'message.refused', { messageId: message.id, subject: message.subject, code });
    await this.#store.commit([{ expect: [], writes: [{ kind: 'patch', key, fields }] }]);
  }
}

/** A failed relay after the decision is the sweep's business, never the task's. */
export const isRelayLater = (error: unknown): boolean =>
  isWaybillError(error) && (error.retryable || error.code === 'WB_CLOSED');

/** A message that the channel has refused for good, kept as long as a dead letter. */
export interface RefusedMessage {
  readonly id: string;
  readonly tenant: string;
  readonly subject: string;
  readonly refusedAt: number;
  readonly code: string;
  readonly reason: string;
}

/** Those refused first, and how many there are. */
export const refusedMessages = async (
  store: DocumentStore,
  { limit }: { readonly limit: number },
): Promise<{ readonly total: number; readonly messages: readonly RefusedMessage[] }> => {
  const { documents, total = 0 } = await store.find({ ...refused, limit, total: true });
  return { total, messages: documents.map(refusedOf) };
};

/** Removes those refused before this instant. Answers how many. */
export const removeRefused = async (store: DocumentStore, before: number): Promise<number> => {
  const { documents } = await store.find({ ...refused, range: { max: before }, limit: 500 });
  await store.commit(documents.map(({ key }) => ({ expect: [], writes: [{ kind: 'delete', key }] })));
  return documents.length;
};

const refused = { collection: outboxCollection.name, index: 'refused', equals: [] } as const;

const refusedOf = ({ key: { tenant, id }, fields }: Stored): RefusedMessage => ({
  id,
  tenant,
  subject: text(fields['subject']),
  refusedAt: Number(fields['refusedAt']),
  code: text(fields['code']),
  reason: text(fields['reason']),
});

const reasonOf = (error: unknown): string =>
  oneLine(error instanceof Error ? error.message : String(error), 500);

const messageOf = ({ id, subject, key, body }: Outgoing): Message => ({
  id,
  subject,
  body: bodyOf(body),
  ...(key === undefined ? {} : { key }),
});

const bodyOf = (text: string): Json => {
  try {
    return parseJson(text);
  } catch {
    throw new PayloadError('the body of the message is no JSON'); // what the parser says quotes it
  }
};

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const outgoingOf = ({ key, fields }: Stored): Outgoing => ({
  id: key.id,
  tenant: key.tenant,
  subject: text(fields['subject']),
  body: text(fields['body']),
  ...(typeof fields['key'] === 'string' ? { key: fields['key'] } : {}),
});
