import {
  type Collection,
  defineCollection,
  defineSubject,
  type Json,
  type JsonObject,
  type Schema,
} from '@waybill/core';

/** Whatever object the workload has put there itself: validation is not what is tested here. */
export const objects = <T extends object>(): Schema<T> => ({
  '~standard': {
    version: 1,
    vendor: 'waybill-crash',
    validate: (value) =>
      typeof value === 'object' && value !== null
        ? { value: value as T } // written by the workload only
        : { issues: [{ message: 'is no object' }] },
  },
});

/** Indexed by the task that wrote it, so that all of them can be listed. */
const define = <T extends { readonly by: string }>(name: string): Collection<Schema<T>> =>
  defineCollection({ name, schema: objects<T>(), indexes: [{ name: 'all', fields: ['by'] }] });

/** Money: what is taken from one is given to another. An account that is not there has nothing. */
export const accounts = define<{ readonly balance: number; readonly by: string }>('accounts');

/** Two documents that always name the same task, or are both not there. */
export const twins = define<{ readonly by: string }>('twins');

/** What one task has committed: one per task that completed, and none for any other. */
export interface Mark {
  readonly by: string;
  /** How often the task has committed. */
  readonly count: number;
  readonly children: readonly string[];
  readonly messages: readonly string[];
}
export const marks = define<Mark>('marks');

export const collections = [accounts, twins, marks];

export interface News extends JsonObject {
  readonly task: string;
  readonly n: Json;
}
export const news = defineSubject({ name: 'crash.news', body: objects<News>() });
