import { createHash, randomUUID } from 'node:crypto';
import type { SubjectPattern } from '@waybill/core';
import type { QueueDeclaration, RabbitChannel } from '@waybill/rabbitmq';
import type { RabbitmqChannelOptions } from './options.ts';

/** A server gives up what nobody has listened to for this long. */
const forgottenMs = 60_000;
const mostHints = 1_000;
/** The server drops whole segments: with this many of them at least that part of `keepBytes` is really kept. */
const segments = 10;

/** The exchanges and queues of one namespace. */
export class Topology {
  readonly messages: string;
  readonly hints: string;
  readonly stream: string;
  readonly hasStream: boolean;
  readonly #namespace: string;
  readonly #streamDeclaration: QueueDeclaration;

  constructor({ namespace, keepBytes, keepMs }: RabbitmqChannelOptions, hasStream: boolean) {
    this.#namespace = namespace;
    this.hasStream = hasStream;
    this.messages = `${namespace}.messages`;
    this.hints = `${namespace}.hints`;
    this.stream = `${namespace}.log`;
    this.#streamDeclaration = {
      name: this.stream,
      arguments: {
        'x-queue-type': 'stream',
        'x-max-length-bytes': keepBytes,
        'x-max-age': `${Math.ceil(keepMs / 1_000)}s`,
        'x-stream-max-segment-size-bytes': Math.ceil(keepBytes / segments),
      },
    };
  }

  /** Throws a `ConfigError` if something of it exists, made otherwise. */
  async declare(channel: RabbitChannel, deadline: number): Promise<void> {
    await channel.declareExchange(this.messages, deadline);
    await channel.declareExchange(this.hints, deadline);
    if (!this.hasStream) return;
    await channel.declareQueue(this.#streamDeclaration, deadline);
    await channel.bind(this.stream, this.messages, '#', deadline);
  }

  /** What a group has not committed, from its first subscription on. */
  ofGroup(group: string, { text }: SubjectPattern): QueueDeclaration {
    return {
      name: `${this.#namespace}.group.${hashOf(group, text)}`,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 },
    };
  }

  /** Hints of which each goes to one of a group, while one of it listens. */
  ofGroupHints(group: string, { text }: SubjectPattern): QueueDeclaration {
    return {
      name: `${this.#namespace}.group-hints.${hashOf(group, text)}`,
      arguments: { 'x-expires': forgottenMs, 'x-max-length': mostHints },
      autoDelete: true,
    };
  }

  /** Hints for one subscriber. */
  ofHints(): QueueDeclaration {
    return {
      name: `${this.#namespace}.hints.${randomUUID()}`,
      arguments: { 'x-expires': forgottenMs, 'x-max-length': mostHints },
      fleeting: true,
      autoDelete: true,
    };
  }

  /** Messages for one subscriber, where there is no stream. It survives a lost connection, not a lost process. */
  ofSubscriber(): QueueDeclaration {
    return { name: `${this.#namespace}.subscriber.${randomUUID()}`, arguments: { 'x-expires': forgottenMs } };
  }
}

const hashOf = (group: string, subject: string): string =>
  createHash('sha256')
    .update(JSON.stringify([group, subject]))
    .digest('base64url')
    .slice(0, 32);

/** A pattern in the words of a topic exchange, in which `#` stands for none or more. */
export const bindingKey = ({ words }: SubjectPattern): string =>
  words.map((word) => (word === '>' ? '*.#' : word)).join('.');
