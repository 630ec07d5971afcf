import { ConfigError, type Manager } from '@waybill/core';
import { transactionalManager } from './transactional-manager.ts';

/** Finds the manager of a topic: the one that names it, else the longest `prefix.*`, else the transactional one. */
export class Managers {
  readonly #exact = new Map<string, Manager>();
  readonly #prefixes: { readonly prefix: string; readonly manager: Manager }[] = [];

  /** Two managers of one topic are a `ConfigError`. */
  constructor(managers: readonly Manager[]) {
    for (const manager of managers) for (const topic of manager.topics) this.#add(topic, manager);
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  of(topic: string): Manager {
    const exact = this.#exact.get(topic);
    if (exact !== undefined) return exact;
    return this.#prefixes.find(({ prefix }) => topic.startsWith(prefix))?.manager ?? transactionalManager;
  }

  #add(topic: string, manager: Manager): void {
    const prefix = topic.endsWith('.*') ? topic.slice(0, -1) : undefined;
    const taken =
      prefix === undefined
        ? this.#exact.get(topic)
        : this.#prefixes.find((known) => known.prefix === prefix)?.manager;
    if (taken !== undefined) {
      throw new ConfigError(`the managers ${taken.name} and ${manager.name} both own the topic ${topic}`, {
        fix: 'give each topic to one manager',
      });
    }
    if (prefix === undefined) this.#exact.set(topic, manager);
    else this.#prefixes.push({ prefix, manager });
  }
}
