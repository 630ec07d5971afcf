import type { Delivery } from './delivery.ts';
import type { Json } from './json.ts';
import type { Closeable } from './lifecycle.ts';

export interface Message {
  /**
   * Chosen by the sender: text as of a document's id. A message sent again after a doubt has the same id,
   * and may arrive again behind newer ones; readers drop what they have seen.
   */
  readonly id: string;
  /** Dot-separated words of `[A-Za-z0-9_-]`, at most 255 characters: `order.shipped`. */
  readonly subject: string;
  /** Messages of one subject and key keep their order. Text as of a document's id, or empty. */
  readonly key?: string;
  readonly body: Json;
  /**
   * true: a hint, worth something only to who listens now. It may be lost, is never replayed, and costs less. In a
   * group it goes to one of those who listen, if any; settling it does nothing, and the group does not keep it.
   * Default false.
   */
  readonly hint?: boolean;
}

/** A message as it arrives. */
export interface Arrived extends Message {
  /**
   * Opaque place among all that this subscription's subject or pattern matches, to go on after it:
   * `Subscription.from`, with the same `subject`. Absent for hints and without `replay`; what a group gets may have none.
   */
  readonly cursor?: string;
}

export interface Subscription {
  /** A subject, or a pattern in which a word `*` stands for one word and a last word `>` for one or more. */
  readonly subject: string;
  /**
   * With a group each message goes to one subscriber of the group, and a group keeps messages for its
   * subscribers from its first subscription on. A group is its name, 1 to 255 characters as of a document's id, and
   * its `subject`: the same name with another subject or pattern is another group. Without one this subscriber gets
   * every message.
   */
  readonly group?: string;
  /**
   * Where a subscriber without group begins: `now` (default), `start`, or after a cursor. Only `now` unless
   * `capabilities.replay`. With a group anything but `now` is a `PayloadError`: a group begins where it stands.
   */
  readonly from?: 'now' | 'start' | { readonly after: string };
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Called once, as soon as nothing published from now on can be missed. */
  readonly onReady?: () => void;
}

export interface ChannelCapabilities {
  /** What a published message (not a hint) survives. */
  readonly durability: 'none' | 'process' | 'disk';
  /** Whether several processes can use the same namespace. */
  readonly shared: boolean;
  /** Whether subscribers without a group can begin before now, and what they get carries a cursor. */
  readonly replay: boolean;
  /** Whether a group's message that was delivered and not settled goes to another when its holder dies. */
  readonly redelivery: boolean;
}

/**
 * Carries messages, at least once to every subscriber and group; never the only copy of anything. Every call
 * settles: with its answer or with a `PayloadError`, `UnsupportedError`, `ConnectionError`, `InDoubtError` or,
 * after `close()`, `ClosedError`.
 */
export interface MessageChannel extends Closeable {
  readonly capabilities: ChannelCapabilities;
  /** Resolves when the backend has all of them. After an error some of them may be there. */
  publish(messages: readonly Message[]): Promise<void>;
  /**
   * Messages of one subject and key arrive in the order in which they were published. Takes no more from the
   * backend than a bounded buffer ahead of the loop. Without a group settling does nothing. The loop ends when
   * the signal aborts or the channel closes, and throws a `ConnectionError` if the backend stays away.
   */
  subscribe(subscription: Subscription): AsyncIterable<Delivery<Arrived>>;
}
