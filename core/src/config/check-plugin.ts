import type { Plugin } from '../plugin.ts';
import { didYouMean } from './did-you-mean.ts';
import { redactedValue } from './redact.ts';

/** What a default export lacks to be a plugin; nothing if it is one. */
export const wrongWithPlugin = (value: unknown): readonly string[] => {
  if (!isRecord(value)) return ['its default export is no plugin'];
  const name = typeof value['name'] === 'string' && value['name'] !== '' ? [] : ['it has no name'];
  const unknown = Object.keys(value)
    .filter((key) => key !== 'name' && !(key in parts))
    .map((key) => {
      const meant = didYouMean(key, Object.keys(parts));
      return `${JSON.stringify(key)} is no part of a plugin${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
    });
  return [
    ...name,
    ...unknown,
    ...Object.entries(parts).flatMap(([key, wrong]) => wrongInList(key, value[key], wrong)),
  ];
};

/** After `wrongWithPlugin` found nothing. */
export const asPlugin = (value: unknown): Plugin => value as Plugin;

/** What an entry of each list lacks. */
type Check = (entry: Readonly<Record<string, unknown>>) => string | undefined;

/** What a class handler lacks, once it is made. */
export const wrongWithHandler = (handler: unknown): string | undefined =>
  isRecord(handler) ? wrongHandler(handler) : 'it is no object';

const wrongHandler: Check = (handler) =>
  lacks(handler, 'topic', 'string') ??
  (isSchema(handler['input']) ? undefined : 'its input is no schema') ??
  (handler['output'] === undefined || isSchema(handler['output']) ? undefined : 'its output is no schema') ??
  lacks(handler, 'run', 'function');

const parts: Readonly<Record<Exclude<keyof Plugin, 'name'>, Check>> = {
  handlers: wrongHandler,
  effects: (effect) =>
    lacks(effect, 'name', 'string') ??
    (isSchema(effect['args']) ? undefined : 'its args are no schema') ??
    lacks(effect, 'do', 'function') ??
    lacks(effect, 'undo', 'function'),
  collections: (collection) =>
    lacks(collection, 'name', 'string') ??
    (isSchema(collection['schema']) ? undefined : 'its schema is none') ??
    (Array.isArray(collection['indexes']) ? undefined : 'its indexes are no list: use defineCollection'),
  managers: (manager) =>
    lacks(manager, 'name', 'string') ??
    (Array.isArray(manager['topics']) ? undefined : 'its topics are no list') ??
    lacks(manager, 'manage', 'function'),
  modules: (module) => lacks(module, 'load', 'function'),
};

const wrongInList = (key: string, list: unknown, check: Check): readonly string[] => {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [`its ${key} are no list`];
  return list.flatMap((entry: unknown, index) => {
    // A class is made by the container, and looked at then.
    if (key === 'handlers' && typeof entry === 'function') return [];
    const wrong = isRecord(entry) ? check(entry) : `it is ${redactedValue([], entry)}`;
    return wrong === undefined ? [] : [`${key}[${index}]${nameOf(entry)} is none: ${wrong}`];
  });
};

const nameOf = (entry: unknown): string => {
  const name = isRecord(entry) ? (entry['topic'] ?? entry['name']) : undefined;
  return typeof name === 'string' ? ` (${name})` : '';
};

const lacks = (
  entry: Readonly<Record<string, unknown>>,
  key: string,
  type: 'string' | 'function',
): string | undefined =>
  typeof entry[key] === type ? undefined : `it has no ${key}${type === 'function' ? '()' : ''}`;

const isSchema = (value: unknown): boolean =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
