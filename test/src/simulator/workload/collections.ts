import {
  type Collection,
  defineCollection,
  defineSubject,
  type JsonObject,
  type Schema,
} from '@waybill/core';

/** A schema as cheap as can be: validation is not what the simulator is about. */
export const objects = <T extends object>(): Schema<T> => ({
  '~standard': {
    version: 1,
    vendor: 'waybill-simulator',
    validate: (value) =>
      typeof value === 'object' && value !== null
        ? { value: value as T } // whatever the workload has put there itself
        : { issues: [{ message: 'is no object' }] },
  },
});

/** Every document says which task wrote it: a task commits once, so this names one version of the document. */
export interface Tagged extends JsonObject {
  readonly tag: string;
  /** Who has changed it since, apart from any task. */
  readonly touched?: string;
}

const define = <T extends Tagged>(name: string): Collection<Schema<T>> =>
  defineCollection({ name, schema: objects<T>() });

/** Money: the sum never changes. */
export const accounts = define<Tagged & { readonly balance: number }>('accounts');
/** Two documents that always say the same, or are both not there. */
export const twins = define<Tagged>('twins');
/** Grow by one item for every task that appends. */
export const lists = define<Tagged & { readonly items: readonly string[] }>('lists');
/** Two documents of which a task may raise one if the sum leaves room: what write skew breaks. */
export const limits = define<Tagged & { readonly used: number }>('limits');
/** One per task that has committed, counting how often. */
export const marks = define<Tagged & { readonly count: number }>('marks');
/** At most so many per room, as counted by a query. */
export const seats = defineCollection({
  name: 'seats',
  schema: objects<Tagged & { readonly room: string; readonly at: number }>(),
  indexes: [{ name: 'room', fields: ['room', 'at'] }],
});

export const collections = [accounts, twins, lists, limits, marks, seats];

export const news = defineSubject({ name: 'sim.news', body: objects<JsonObject>() });

export const startBalance = 100;
export const pairLimit = 10;
export const roomSize = 2;
export const accountIds = ['a', 'b', 'c'] as const;
