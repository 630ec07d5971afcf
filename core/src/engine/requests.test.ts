import { expect, it } from 'vitest';
import type { Message, MessageChannel, Subscription } from '../channel.ts';
import type { Json } from '../json.ts';
import { systemRuntime } from '../system-runtime.ts';
import { Requests } from './requests.ts';
import { defaultSettings } from './settings.ts';

const requestsOn = (channel: MessageChannel): Requests =>
  new Requests({ channel, runtime: systemRuntime(), settings: defaultSettings, log: () => undefined });

it('no request goes out before replies can be heard, however many come first', async () => {
  const published: Message[] = [];
  const { promise: subscribed, resolve: subscribe } = Promise.withResolvers<void>();
  async function* hear({ onReady, signal }: Subscription): AsyncGenerator<never> {
    await subscribed;
    onReady?.();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield* [];
  }
  const publish = async (messages: readonly Message[]): Promise<void> => void published.push(...messages);
  const channel = { publish, subscribe: hear } as unknown as MessageChannel; // all that requests use
  const requests = requestsOn(channel);

  const asked = [1, 2].map((n) => requests.request('agent', n, { timeoutMs: 30 }).catch(() => 'no reply'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(published).toEqual([]);
  subscribe();

  expect(await Promise.all(asked)).toEqual(['no reply', 'no reply']);
  expect(published.map(({ body }) => body)).toMatchObject([{ body: 1 }, { body: 2 }]);
  await requests.close();
});

it('what cannot be sent as an answer is told like an error that the answerer threw', async () => {
  const replies: Message[] = [];
  const replyTo = `waybill.inbox.${systemRuntime().id()}`;
  async function* hear(): AsyncGenerator<object> {
    const settled = { commit: async () => undefined, rollback: async () => undefined };
    for (const body of [1, 2, 3, 4]) yield { ...settled, item: { id: `r${body}`, body: { replyTo, body } } };
  }
  const publish = async (messages: readonly Message[]): Promise<void> => void replies.push(...messages);
  const channel = { publish, subscribe: hear } as unknown as MessageChannel; // all that requests use
  const answers: Record<string, () => Json> = {
    r1: () => 10n as unknown as Json, // whatever an untyped answerer answers
    r2: () => '\ud800',
    r3: () => {
      throw Object.create(null); // nothing that could be turned into text
    },
    r4: () => 'fine',
  };
  const { signal } = new AbortController();
  await requestsOn(channel).answer('agent', signal, ({ id }) => answers[id]?.() ?? null);

  expect(replies.map(({ body }) => body)).toMatchObject([
    { to: 'r1', ok: false, code: 'WB_PAYLOAD' },
    { to: 'r2', ok: false, code: 'WB_PAYLOAD' },
    { to: 'r3', ok: false, message: 'what it threw is no error' },
    { to: 'r4', ok: true, body: 'fine' },
  ]);
});

/** A channel on which nobody answers, and whose calls may take as long as it is told. */
const channelThat = (waits: { readonly toSubscribe?: Promise<void>; readonly toPublish?: Promise<void> }) => {
  const published: Message[] = [];
  async function* hear({ onReady, signal }: Subscription): AsyncGenerator<never> {
    await waits.toSubscribe;
    onReady?.();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield* [];
  }
  const publish = async (messages: readonly Message[]): Promise<void> => {
    await waits.toPublish;
    published.push(...messages);
  };
  return { published, channel: { publish, subscribe: hear } as unknown as MessageChannel }; // all that requests use
};

it('the deadline of a request holds also while the channel takes its time to subscribe', async () => {
  const { promise: toSubscribe, resolve: subscribe } = Promise.withResolvers<void>();
  const { channel, published } = channelThat({ toSubscribe });
  const requests = requestsOn(channel);

  await expect(requests.request('agent', 1, { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'WB_DEADLINE',
  });
  subscribe();
  await new Promise((resolve) => setTimeout(resolve, 5));

  expect(published).toEqual([]); // nobody waits for the reply any more
  await requests.close();
});

it('the deadline of a request holds also while the channel takes its time to publish', async () => {
  const { promise: toPublish, reject: refuse } = Promise.withResolvers<void>();
  const { channel } = channelThat({ toPublish });
  const requests = requestsOn(channel);

  await expect(requests.request('agent', 1, { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'WB_DEADLINE',
  });
  refuse(new Error('too late to be of interest')); // and nobody hears of it: an unhandled rejection fails this run
  await new Promise((resolve) => setTimeout(resolve, 5));
  await requests.close();
});

it('a request that cannot be sent fails at once', async () => {
  const refused = new Error('no channel');
  const toPublish = Promise.reject(refused);
  toPublish.catch(() => undefined); // looked at by the channel, later
  const requests = requestsOn(channelThat({ toPublish }).channel);
  await expect(requests.request('agent', 1, { timeoutMs: 10_000 })).rejects.toBe(refused);
  await requests.close();
});
