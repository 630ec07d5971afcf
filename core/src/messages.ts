import type { Subscription } from './channel.ts';
import type { Delivery } from './delivery.ts';
import type { EngineContext } from './engine/engine-context.ts';
import type { OutputOf, Schema } from './schema.ts';
import type { Subject } from './subject.ts';

/** A message as it arrives, its body checked by the schema of its subject. */
export interface TypedMessage<Body> {
  /** The same for every repetition of one message: readers drop what they have seen. */
  readonly id: string;
  readonly key?: string;
  readonly body: Body;
  /** Opaque place in the subject, for `from`. Absent where the channel cannot replay. */
  readonly cursor?: string;
}

export type SubscribeOptions = Omit<Subscription, 'subject'>;

/**
 * The messages of a subject, at least once each; without a group settling them does nothing. What does not fit
 * the schema is dropped and logged: senders of other versions, or anybody who can reach the channel, may send it.
 */
export async function* subscribe<S extends Schema>(
  { channel, log }: Pick<EngineContext, 'channel' | 'log'>,
  subject: Subject<S>,
  options: SubscribeOptions,
): AsyncIterable<Delivery<TypedMessage<OutputOf<S>>>> {
  for await (const delivery of channel.subscribe({ ...options, subject: subject.name })) {
    const { id, key, cursor, body } = delivery.item;
    const checked = await subject.body['~standard'].validate(body);
    if (checked.issues !== undefined) {
      log('warn', 'message.invalid', { subject: subject.name, id });
      await delivery.rollback({ to: 'drop' });
      continue;
    }
    const item = {
      id,
      body: checked.value,
      ...(key === undefined ? {} : { key }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    yield { item, commit: () => delivery.commit(), rollback: (next) => delivery.rollback(next) };
  }
}
