import type { Collection } from '../collection.ts';
import type { Effect } from '../effect.ts';
import { ConfigError } from '../errors.ts';
import type { Handler, HandlerClass } from '../handler.ts';
import type { Manager } from '../manager.ts';
import type { Plugin } from '../plugin.ts';

/** What the plugins of this process bring, by name. Two of one name are a `ConfigError`. */
export interface Registry {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly effects: ReadonlyMap<string, Effect>;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly managers: readonly Manager[];
}

/** `make` builds a class handler with what it has injected. */
export const createRegistry = async (
  plugins: readonly Plugin[],
  make: (handler: HandlerClass) => Promise<Handler> | Handler = (HandlerClass) => new HandlerClass(),
): Promise<Registry> => {
  const handlers = new Map<string, Handler>();
  const effects = new Map<string, Effect>();
  const collections = new Map<string, Collection>();
  for (const plugin of plugins) {
    for (const given of plugin.handlers ?? []) {
      const handler = typeof given === 'function' ? await make(given) : given;
      add(handlers, 'handler for topic', handler.topic, handler, plugin);
    }
    for (const effect of plugin.effects ?? []) add(effects, 'effect', effect.name, effect, plugin);
    for (const one of plugin.collections ?? []) add(collections, 'collection', one.name, one, plugin);
  }
  return { handlers, effects, collections, managers: plugins.flatMap(({ managers = [] }) => managers) };
};

const add = <T>(into: Map<string, T>, what: string, name: string, item: T, plugin: Plugin): void => {
  const known = into.get(name);
  if (known !== undefined && known !== item) {
    throw new ConfigError(
      `there are two definitions of ${what} ${name}; the second is in plugin ${plugin.name}`,
      {
        fix: 'rename one, or load only one of the plugins',
      },
    );
  }
  into.set(name, item);
};
