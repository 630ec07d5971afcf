import { expect, it } from 'vitest';
import type { Message, MessageChannel, Subscription } from '../channel.ts';
import { systemRuntime } from '../system-runtime.ts';
import { Requests } from './requests.ts';
import { defaultSettings } from './settings.ts';

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
  const requests = new Requests({
    channel,
    runtime: systemRuntime(),
    settings: defaultSettings,
    log: () => undefined,
  });

  const asked = [1, 2].map((n) => requests.request('agent', n, { timeoutMs: 30 }).catch(() => 'no reply'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(published).toEqual([]);
  subscribe();

  expect(await Promise.all(asked)).toEqual(['no reply', 'no reply']);
  expect(published.map(({ body }) => body)).toMatchObject([{ body: 1 }, { body: 2 }]);
  await requests.close();
});
