import type { Container, ContainerModule, Newable } from 'inversify';
import type { PortName, Ports, Token } from './adapter.ts';
import { portTokens } from './adapter.ts';
import type { AdapterChoice } from './config/adapter-choice.ts';
import { wrongWithHandler } from './config/check-plugin.ts';
import { configError } from './config/config-error.ts';
import { checkGuarantees, type Guarantees } from './config/guarantees.ts';
import type { Config } from './config/schema.ts';
import { ConfigError, ConnectionError } from './errors.ts';
import type { Handler, HandlerClass } from './handler.ts';
import { unopenedBroker, unopenedChannel } from './unopened.ts';

/** A loaded config has the first two. */
export interface Parts {
  readonly config: Pick<Config, PortName | 'processes' | 'guarantee' | 'isolation'>;
  readonly adapters: { readonly [P in PortName]: AdapterChoice<P> };
  /** Bindings of plugins, for what their class handlers have injected. */
  readonly modules?: readonly ContainerModule[];
  /** Which of broker and channel to open beside the store, for tools that only look. Default both. */
  readonly beside?: readonly Exclude<PortName, 'store'>[];
}

/** What a deployment is made of, opened and wired together. */
export interface Composition {
  readonly ports: Ports;
  /** What the adapters keep of what the config asks; without problems. */
  readonly guarantees: Guarantees;
  /** Makes a class handler, once, with what its constructor's `@inject(Token)` parameters ask for. */
  makeHandler(handler: HandlerClass): Promise<Handler>;
  /** What is bound to a token. Throws a `ConfigError` if nothing is. */
  get<T>(token: Token<T>): Promise<T>;
  /** Closes what plugins bound, then broker, channel and store. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the adapters, all at once, and loads the plugins' bindings beside them. If one does not open, the
 * others are closed again. A `ConfigError`: what is missing or bound twice, or asked for and not kept by an adapter.
 */
export const createContainer = async ({
  config,
  adapters,
  modules = [],
  beside = ['broker', 'channel'],
}: Parts): Promise<Composition> => {
  // Loaded here, since reading it takes longer than all that `waybill --help` does.
  const inversify = await import('inversify');
  const container = new inversify.Container({ defaultScope: 'Singleton' });
  const resolve = <T>(token: symbol): Promise<T> => translated(() => container.getAsync<T>(token), adapters);
  for (const module of await Promise.all(openOrder.map((port) => adapters[port].module())))
    container.load(module);
  await translated(() => container.loadAsync(...modules), adapters);
  const ports = await openPorts(resolve, beside);
  const guarantees = await keepOrClose(config, ports);
  let closing: Promise<void> | undefined;
  return {
    ports,
    guarantees,
    get: resolve,
    makeHandler: async (handler) => {
      refuseInheritedConstructor(handler);
      const service = handler as unknown as Newable<Handler>; // its parameters are inversify's to fill in
      const made = await translated(() => {
        if (!container.isBound(service)) container.bind(service).toSelf().inSingletonScope();
        return container.getAsync(service);
      }, adapters);
      const wrong = wrongWithHandler(made);
      if (wrong !== undefined) throw new ConfigError(`${handler.name} is no handler: ${wrong}`);
      return made;
    },
    close: () => {
      closing ??= closeAll(container, modules, ports);
      return closing;
    },
  };
};

const openOrder = ['store', 'channel', 'broker'] as const;

const openPorts = async (
  resolve: <T>(token: symbol) => Promise<T>,
  beside: NonNullable<Parts['beside']>,
): Promise<Ports> => {
  const opening = [
    resolve<Ports['store']>(portTokens.store),
    beside.includes('channel') ? resolve<Ports['channel']>(portTokens.channel) : unopenedChannel,
    beside.includes('broker') ? resolve<Ports['broker']>(portTokens.broker) : unopenedBroker,
  ] as const;
  const settled = await Promise.allSettled(opening);
  const opened = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    // The reason why it did not open is worth more than whether the others closed well.
    await Promise.allSettled(opened.toReversed().map((port) => port.close()));
    throw failed.reason;
  }
  const [store, channel, broker] = await Promise.all(opening);
  return { store, channel, broker };
};

/** Capabilities are known only now, of the open adapters. */
const keepOrClose = async (config: Parts['config'], ports: Ports): Promise<Guarantees> => {
  const { broker, channel, store } = ports;
  const guarantees = checkGuarantees(config, {
    broker: broker.capabilities,
    channel: channel.capabilities,
    store: store.capabilities,
  });
  if (guarantees.problems.length === 0) return guarantees;
  // As above: the refusal is the news.
  await Promise.allSettled([broker, channel, store].map((port) => port.close()));
  throw configError(guarantees.problems, 'the config');
};

const closeAll = async (
  container: Container,
  modules: readonly ContainerModule[],
  { broker, channel, store }: Ports,
): Promise<void> => {
  const errors: unknown[] = [];
  const close = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      errors.push(error);
    }
  };
  await close(() => container.unloadAsync(...modules.toReversed()));
  for (const port of [broker, channel, store]) await close(() => port.close());
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new ConnectionError('several adapters did not close', { cause: new AggregateError(errors) });
  }
};

/** inversify gives such a class `undefined` for every parameter, and says nothing. */
const refuseInheritedConstructor = (handler: HandlerClass): void => {
  const parent: unknown = Object.getPrototypeOf(handler);
  if (handler.length > 0 || typeof parent !== 'function' || parent.length === 0) return;
  throw new ConfigError(
    `${handler.name} inherits its constructor from ${parent.name}, so nothing is injected`,
    {
      fix: `give ${handler.name} a constructor of its own, or compose instead of inheriting`,
    },
  );
};

/** Of inversify's own: the class is not exported, the brand is. */
const inversifyError = Symbol.for('@inversifyjs/core/InversifyCoreError');

const translated = async <T>(resolve: () => Promise<T>, adapters: Parts['adapters']): Promise<T> => {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof Error && inversifyError in error) throw translate(error, adapters);
    throw error;
  }
};

const translate = (error: Error, adapters: Parts['adapters']): ConfigError => {
  const loaded = openOrder.map((port) => `${port} ${adapters[port].adapter.name}`).join(', ');
  const [first = ''] = error.message.split('\n');
  const missing = /^No bindings found for service: "(.*)"/.exec(first)?.[1];
  const ambiguous = /^Ambiguous bindings found for service: "(.*)"/.exec(first)?.[1];
  const wanted = /Trying to resolve bindings for "(.*?)(?: \(Root service\))?"/.exec(error.message)?.[1];
  if (missing !== undefined) {
    const by = wanted === undefined || wanted === missing ? '' : `, which ${nameOf(wanted)} needs`;
    return new ConfigError(`nothing provides ${nameOf(missing)}${by}; adapters loaded: ${loaded}`, {
      cause: error,
      fix: 'bind it in a container module of a plugin, or correct the token after @inject',
    });
  }
  if (ambiguous !== undefined) {
    return new ConfigError(`${nameOf(ambiguous)} is bound more than once; adapters loaded: ${loaded}`, {
      cause: error,
      fix: 'bind each token in one module; those of the ports are bound by the adapters',
    });
  }
  return new ConfigError(`the parts do not fit together: ${first.replaceAll(symbolName, '$1')}`, {
    cause: error,
  });
};

const symbolName = /Symbol\((?:waybill\/)?([^)]*)\)/g;
const nameOf = (service: string): string => service.replaceAll(symbolName, '$1');
