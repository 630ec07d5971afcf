import type { Arrived, Message, MessageChannel } from '../channel.ts';
import { checkMessage } from '../contract/check-message.ts';
import { ClosedError, DeadlineError } from '../errors.ts';
import { transient } from '../handler-error.ts';
import type { Json, JsonObject } from '../json.ts';
import { checkTimeout } from './check-timeout.ts';
import type { EngineContext } from './engine-context.ts';
import { oneLine } from './one-line.ts';
import { checkJson } from './payload.ts';
import { codeOf, faultOf } from './fault-of.ts';

/** A request as its answerer sees it. */
export interface Request {
  readonly id: string;
  readonly body: Json;
  readonly signal: AbortSignal;
}

type Answer = (request: Request) => Promise<Json> | Json;

type RequestsContext = Pick<EngineContext, 'channel' | 'runtime' | 'settings' | 'log'>;

/**
 * Request and reply over any channel. One inbox per process, subscribed before the first request goes out, so
 * that no reply can be missed. A reply that does not come means that the outcome is unknown, not that it failed.
 */
export class Requests {
  readonly #context: RequestsContext;
  readonly #inbox: string;
  readonly #waiting = new Map<string, (reply: JsonObject) => void>();
  readonly #stop = new AbortController();
  /** Pending until the inbox is subscribed. */
  #ready: Promise<void> | undefined;
  #listening: Promise<void> | undefined;

  constructor(context: RequestsContext) {
    this.#context = context;
    this.#inbox = `waybill.inbox.${context.runtime.id()}`;
  }

  /** Throws a `DeadlineError` after `timeoutMs`, or a retryable or permanent error as the answerer threw it. */
  async request(subject: string, body: Json, options: { readonly timeoutMs: number }): Promise<Json> {
    const { runtime, settings } = this.#context;
    checkJson(body, 'the body of a request', settings.limits);
    checkTimeout(options.timeoutMs);
    const id = runtime.id();
    const message = { id, subject, body: { replyTo: this.#inbox, body } };
    checkMessage(message);
    const { promise: reply, resolve, reject } = Promise.withResolvers<JsonObject>();
    const timer = runtime.timer(options.timeoutMs, () =>
      reject(
        new DeadlineError(`no reply from ${subject} within ${options.timeoutMs} ms; the outcome is unknown`),
      ),
    );
    this.#waiting.set(id, resolve);
    try {
      this.#send(message).catch(reject); // not awaited: the channel's patience may be longer than ours
      return answerOf(await reply, subject);
    } finally {
      timer.cancel();
      this.#waiting.delete(id);
    }
  }

  /**
   * Answers the requests of a subject until the signal aborts; several answerers of one subject share them. An
   * error that `answer` throws is sent back as the reply.
   */
  async answer(subject: string, signal: AbortSignal, answer: Answer): Promise<void> {
    const { channel } = this.#context;
    for await (const delivery of channel.subscribe({ subject, group: 'waybill.answerers', signal })) {
      const { id, body } = delivery.item;
      if (isRequest(body))
        await this.#reply(body.replyTo, id, await this.#attempt(answer, { id, body: body.body, signal }));
      await delivery.commit();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listening;
  }

  async #send(message: Message): Promise<void> {
    await this.#listen();
    // After its deadline nobody would know what came of it.
    if (this.#waiting.has(message.id)) await this.#context.channel.publish([message]);
  }

  async #reply(to: string, id: string, reply: JsonObject): Promise<void> {
    try {
      await this.#context.channel.publish([
        { id: this.#context.runtime.id(), subject: to, body: { ...reply, to: id } },
      ]);
    } catch (error) {
      this.#context.log('warn', 'reply.unsent', faultOf(error));
    }
  }

  /** What cannot be sent back is an error of the answerer's, and told like one. */
  async #attempt(answer: Answer, request: Request): Promise<JsonObject> {
    try {
      const body = await answer(request);
      if (body !== undefined) checkJson(body, 'the answer', this.#context.settings.limits);
      return { ok: true, body };
    } catch (error) {
      const message = error instanceof Error ? error.message : 'what it threw is no error';
      return { ok: false, code: codeOf(error), message: oneLine(message, 2_000) };
    }
  }

  #listen(): Promise<void> {
    this.#ready ??= new Promise((resolve, reject) => {
      const subscription = { subject: this.#inbox, signal: this.#stop.signal, onReady: resolve };
      const ended = (error: unknown): void => {
        this.#ready = undefined; // the next request subscribes anew
        reject(error);
      };
      this.#listening = this.#hear(this.#context.channel, subscription).then(
        () => ended(new ClosedError('the channel was closed')),
        ended,
      );
    });
    return this.#ready;
  }

  async #hear(
    channel: MessageChannel,
    subscription: Parameters<MessageChannel['subscribe']>[0],
  ): Promise<void> {
    for await (const { item } of channel.subscribe(subscription)) this.#receive(item);
  }

  #receive({ body }: Arrived): void {
    if (!isObject(body) || typeof body['to'] !== 'string') return;
    this.#waiting.get(body['to'])?.(body);
  }
}

const answerOf = (reply: JsonObject, subject: string): Json => {
  if (reply['ok'] === true) return reply['body'] ?? null;
  throw transient(`${subject} answered ${words(reply['code'])}: ${words(reply['message'])}`);
};

/** What comes from the channel is not trusted. */
const words = (value: Json | undefined): string =>
  typeof value === 'string' ? oneLine(value, 2_000) : 'without a word';

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replies go to inboxes of core's own making and nowhere else: what a message asks for is not trusted. */
const isRequest = (body: Json): body is { readonly replyTo: string; readonly body: Json } =>
  isObject(body) &&
  typeof body['replyTo'] === 'string' &&
  inbox.test(body['replyTo']) &&
  body['body'] !== undefined;
const inbox = /^waybill\.inbox\.[0-9a-f-]{36}$/;
