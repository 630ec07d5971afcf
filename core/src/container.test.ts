import { ContainerModule, inject, injectable } from 'inversify';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type PortName, type Ports, portTokens, token } from './adapter.ts';
import { bindPort } from './bind-port.ts';
import { type FakeOptions, fakeAdapter } from './config/fake-adapter.fixture.ts';
import { type LoadOptions, loadConfig } from './config/load-config.ts';
import { secret } from './config/references.ts';
import { createContainer, type Parts } from './container.ts';
import { ConfigError, ConnectionError } from './errors.ts';
import type { HandlerClass } from './handler.ts';

type Fakes = { readonly [P in PortName]?: FakeOptions<P> };

const compose = async (
  fakes: Fakes = {},
  modules: Parts['modules'] = [],
  more: Partial<LoadOptions> = {},
) => {
  const sections = {
    broker: { use: fakeAdapter('broker', fakes.broker) },
    channel: { use: fakeAdapter('channel', fakes.channel) },
    store: { use: fakeAdapter('store', fakes.store) },
  };
  const loaded = await loadConfig({ cwd: '/', env: {}, ...more, config: { ...sections, ...more.config } });
  return createContainer({ ...loaded, modules });
};

test('the ports are those of the adapters, one of each, and close in the reverse order', async () => {
  const diary: unknown[] = [];
  const composition = await compose({ broker: { diary }, channel: { diary }, store: { diary } });
  expect(await composition.get(portTokens.store)).toBe(composition.ports.store);
  expect(diary).toHaveLength(3);
  await Promise.all([composition.close(), composition.close()]);
  expect(diary.slice(3)).toEqual(['close broker', 'close channel', 'close store']);
});

test('an adapter that does not open closes those that did, and its own error is what is thrown', async () => {
  const diary: unknown[] = [];
  const broker = { open: () => Promise.reject(new ConnectionError('nobody there')) };
  await expect(compose({ broker, channel: { diary }, store: { diary } })).rejects.toThrow(ConnectionError);
  expect(diary.filter((entry) => typeof entry === 'string')).toEqual(['close channel', 'close store']);
});

test('what does not close keeps nothing else open', async () => {
  const diary: unknown[] = [];
  const broker = { close: () => Promise.reject(new ConnectionError('gone')) };
  const composition = await compose({ broker, channel: { diary }, store: { diary } });
  await expect(composition.close()).rejects.toThrow('gone');
  expect(diary.slice(2)).toEqual(['close channel', 'close store']);
});

test('what the adapters cannot keep is refused once they are open, and nothing stays open', async () => {
  const diary: unknown[] = [];
  const store = { diary, name: 'tiny', capabilities: { shared: false } as const };
  const error = await compose({ store, broker: { diary } }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'WB_CONFIG', problems: [{ path: 'store.use' }] });
  expect(diary.slice(2)).toEqual(['close broker', 'close store']);
});

test('secrets are read when the adapter is opened, and reach only it', async () => {
  const diary: unknown[] = [];
  const options = z.strictObject({ url: z.string() });
  const store = { use: fakeAdapter('store', { options, diary }), url: secret('URL') };
  const environment = { URL: 'https://first' };
  const loaded = await loadConfig({
    cwd: '/',
    env: environment,
    config: { broker: { use: fakeAdapter('broker') }, channel: { use: fakeAdapter('channel') }, store },
  });
  environment.URL = 'https://rotated';
  await createContainer(loaded);
  expect(diary).toEqual([['open store', { url: 'https://rotated' }]]);
});

interface Greeter {
  greet(name: string): string;
}
const greeterToken = token<Greeter>('Greeter');
const greeting = new ContainerModule(({ bind }) => {
  bind<Greeter>(greeterToken).toConstantValue({ greet: (name) => `hello ${name}` });
});

@injectable()
class Hello {
  readonly topic = 'hello';
  readonly input = z.object({ name: z.string() });
  readonly #greeter: Greeter;
  readonly store: Ports['store'];

  constructor(@inject(greeterToken) greeter: Greeter, @inject(portTokens.store) store: Ports['store']) {
    this.#greeter = greeter;
    this.store = store;
  }

  run({ name }: { readonly name: string }): string {
    return this.#greeter.greet(name);
  }
}

test('a class handler gets what its constructor asks for, and is made once', async () => {
  const composition = await compose({}, [greeting]);
  const handler = (await composition.makeHandler(Hello)) as unknown as Hello;
  expect(handler.run({ name: 'world' })).toBe('hello world');
  expect(handler.store).toBe(composition.ports.store);
  expect(await composition.makeHandler(Hello)).toBe(handler);
});

test('what nobody provides is named, with who needs it and what was loaded', async () => {
  const composition = await compose();
  const making = composition.makeHandler(Hello);
  await expect(making).rejects.toThrow(ConfigError);
  await expect(making).rejects.toThrow(
    'nothing provides Greeter, which Hello needs; adapters loaded: store fake, channel fake, broker fake',
  );
});

test('a port that a plugin binds a second time is refused by name', async () => {
  const second = bindPort('store', () => Promise.reject(new Error('never opened')));
  await expect(compose({}, [second])).rejects.toThrow('DocumentStore is bound more than once');
});

test('a class that inherits its constructor is refused: it would get undefined for everything', async () => {
  class Heir extends Hello {}
  const composition = await compose({}, [greeting]);
  await expect(composition.makeHandler(Heir)).rejects.toThrow('Heir inherits its constructor from Hello');
});

test('a class without @inject on a parameter is a config error', async () => {
  class Bare {
    readonly topic = 'bare';
    readonly input = z.object({});
    readonly store: unknown;
    constructor(store: unknown) {
      this.store = store;
    }
    run(): void {}
  }
  const composition = await compose();
  await expect(composition.makeHandler(Bare)).rejects.toThrow(ConfigError);
});

test('a class that makes no handler is a config error', async () => {
  class Empty {
    readonly topic = 'empty';
  }
  const composition = await compose();
  const making = composition.makeHandler(Empty as unknown as HandlerClass);
  await expect(making).rejects.toThrow('Empty is no handler: its input is no schema');
});

test('what plugins bound is deactivated before the ports close', async () => {
  const diary: unknown[] = [];
  const module = new ContainerModule(({ bind, onDeactivation }) => {
    bind(greeterToken).toConstantValue({ greet: String });
    onDeactivation(greeterToken, () => void diary.push('greeter'));
  });
  const composition = await compose({ broker: { diary } }, [module]);
  await composition.get(greeterToken);
  await composition.close();
  expect(diary.slice(1)).toEqual(['greeter', 'close broker']);
});
