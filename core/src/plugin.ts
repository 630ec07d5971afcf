import type { ContainerModule } from 'inversify';
import type { Collection } from './collection.ts';
import type { Effect } from './effect.ts';
import type { Handler, HandlerClass } from './handler.ts';
import type { Manager } from './manager.ts';

/** What an application or package adds to a deployment; the default export of a `plugins` entry of the config. */
export interface Plugin {
  readonly name: string;
  readonly handlers?: readonly (Handler | HandlerClass)[];
  readonly effects?: readonly Effect[];
  readonly collections?: readonly Collection[];
  readonly managers?: readonly Manager[];
  /** Bindings for what class handlers have injected. */
  readonly modules?: readonly ContainerModule[];
}

export const definePlugin = (plugin: Plugin): Plugin => Object.freeze({ ...plugin });
