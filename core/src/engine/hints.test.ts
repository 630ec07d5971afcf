import { expect, it } from 'vitest';
import type { Message, MessageChannel, Subscription } from '../channel.ts';
import { systemRuntime } from '../system-runtime.ts';
import { Hints } from './hints.ts';

/** What two processes share: hints go to whoever listens to their subject at that moment. */
const sharedChannel = () => {
  const listening = new Map<string, Set<(message: Message) => void>>();
  async function* subscribe({ subject, signal }: Subscription): AsyncGenerator<object> {
    const queue: Message[] = [];
    let wake = (): void => undefined;
    const hear = (message: Message): void => {
      queue.push(message);
      wake();
    };
    signal.addEventListener('abort', () => wake());
    listening.set(subject, (listening.get(subject) ?? new Set()).add(hear));
    while (!signal.aborted) {
      const item = queue.shift();
      if (item !== undefined) yield { item };
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const publish = async (messages: readonly Message[]): Promise<void> => {
    for (const message of messages) for (const hear of listening.get(message.subject) ?? []) hear(message);
  };
  const channel = { capabilities: { shared: true }, publish, subscribe } as unknown as MessageChannel; // all that hints use
  return { channel, subjects: () => [...listening.keys()] };
};

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const task = { tenant: 'default', taskId: 'a' };

it('a worker hears of cancels in other processes, and of nothing else', async () => {
  const { channel, subjects } = sharedChannel();
  const [there, worker] = [1, 2].map(() => new Hints(channel, systemRuntime(), () => undefined)) as [
    Hints,
    Hints,
  ];
  const heard: string[] = [];
  worker.listenToCancels((taskId) => heard.push(taskId));
  await soon();

  there.give({ kind: 'changed', ...task, taskId: 'b' });
  there.give({ kind: 'cancelled', ...task });
  await soon();

  expect(heard).toEqual(['a']);
  expect(subjects()).toEqual(['waybill.hints.cancelled']); // else every end would be written for it
  await there.close();
  await worker.close();
});

it('who waits for a task hears that it has changed or is being cancelled elsewhere', async () => {
  const { channel } = sharedChannel();
  const [there, here] = [1, 2].map(() => new Hints(channel, systemRuntime(), () => undefined)) as [
    Hints,
    Hints,
  ];
  let heard = 0;
  const stop = here.listen('a', () => heard++);
  await soon();

  there.give({ kind: 'changed', ...task });
  there.give({ kind: 'changed', ...task, taskId: 'b' });
  there.give({ kind: 'cancelled', ...task });
  await soon();
  expect(heard).toBe(2);

  stop();
  there.give({ kind: 'changed', ...task });
  await soon();
  expect(heard).toBe(2);
  await there.close();
  await here.close();
});

it('an outage of the channel costs the oldest hints, and no more memory than the latest need', async () => {
  const { promise: back, resolve: comeBack } = Promise.withResolvers<void>();
  const published: Message[] = [];
  const publish = async (messages: readonly Message[]): Promise<void> => {
    await back;
    published.push(...messages);
  };
  const channel = { capabilities: { shared: true }, publish } as unknown as MessageChannel; // all that hints use here
  const events: string[] = [];
  const hints = new Hints(channel, systemRuntime(), (_level, event) => events.push(event));

  const count = 20_000;
  for (let n = 0; n < count; n++) {
    hints.give({ kind: 'changed', ...task, taskId: String(n) });
    if (n === 0) await soon(); // the first message is on its way, and stays there
  }
  comeBack();
  await hints.close();

  const told = published.flatMap(({ body }) => (body as { tasks: [string, string][] }).tasks);
  expect(told.length).toBeLessThan(6_000);
  expect(told.slice(-3).map(([, id]) => id)).toEqual(['19997', '19998', '19999']);
  expect(new Set(events)).toEqual(new Set(['hints.dropped']));
});
