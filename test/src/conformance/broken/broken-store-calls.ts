import {
  ConflictError,
  type DocumentStore,
  type Fields,
  type Key,
  PayloadError,
  type Query,
  type Transaction,
} from '@waybill/core';
import { stillness } from '../time.ts';
import { altered } from './altered.ts';
import { queries } from './broken-finds.ts';
import { brokenLifecycle } from './broken-lifecycle.ts';
import { type BrokenStore, faulty, renames, sends } from './broken-store.ts';
import { without } from '../without.ts';

/** Tries again with another call where the first was refused. */
const mends =
  <A, R>(call: (argument: A) => Promise<R>, mended: (argument: NoInfer<A>) => Promise<NoInfer<R>>) =>
  (argument: A): Promise<R> =>
    call(argument).catch((error: unknown) => {
      if (error instanceof PayloadError) return mended(argument);
      throw error;
    });

const collectionsOf = (batch: readonly Transaction[]): string[] =>
  batch.flatMap(({ expect, writes }) =>
    [...expect, ...writes].flatMap((each) => ('key' in each ? [each.key.collection] : [])),
  );

const declaresAll = (store: DocumentStore, names: readonly string[]): Promise<void> =>
  store.prepare(names.map((name) => ({ name })));

const lastWins = (transaction: Transaction): Transaction => ({
  ...transaction,
  writes: [...new Map(transaction.writes.map((write) => [JSON.stringify(write.key), write])).values()],
});

const plainJson = (fields: Fields): Fields => {
  try {
    return JSON.parse(JSON.stringify(fields));
  } catch {
    return {}; // neither bigints nor circles have JSON
  }
};

/** JSON text that has U+FFFD for half a surrogate pair; JSON.stringify alone escapes it. */
const wellFormed = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, '\ufffd');

const padded = (query: Query, count: number): Query => ({
  ...query,
  equals: [...query.equals, 'g', 'g'].slice(0, count),
});

/** Faults in refusing calls, in opening, closing and the clock. */
export const brokenCalls: readonly BrokenStore[] = [
  faulty('declares collections by itself', ['STORE-091'], (store) => ({
    get: mends(store.get.bind(store), async (keys: readonly Key[]) => {
      await declaresAll(
        store,
        keys.map(({ collection }) => collection),
      );
      return store.get(keys);
    }),
    commit: mends(store.commit.bind(store), async (batch: readonly Transaction[]) => {
      await declaresAll(store, collectionsOf(batch));
      return store.commit(batch);
    }),
  })),
  faulty(
    'fits the values of equality to the index',
    ['STORE-093'],
    queries((query) => padded(query, query.index === 'byGroupAndRank' ? 1 : 0)),
  ),
  faulty(
    'has a tenant for those who name none',
    ['STORE-094'],
    queries((query) => (query.index === 'byRank' ? { tenant: 'acme', ...query } : query)),
  ),
  faulty(
    'ignores a tenant that the index does not take',
    ['STORE-094'],
    queries(({ tenant, ...query }) => ({
      ...query,
      ...(tenant !== undefined && query.index !== 'everywhereByRank' && { tenant }),
    })),
  ),
  faulty(
    'mends limits',
    ['STORE-095'],
    queries((query) => ({ ...query, limit: Math.min(1_000, Math.max(0, Math.floor(query.limit || 0))) })),
  ),
  faulty('begins anew where a cursor is none', ['STORE-096'], (store) => ({
    find: mends(store.find.bind(store), (query: Query) => store.find(without(query, 'after'))),
  })),
  faulty(
    'mends keys',
    ['STORE-097'],
    renames((key) => ({
      ...key,
      tenant: key.tenant.slice(0, 128) || '-',
      id: key.id.replaceAll('\0', '').slice(0, 512) || '-',
    })),
  ),
  faulty('lets the last write of a key win', ['STORE-098'], sends(lastWins)),
  faulty(
    'reads also what is not written',
    ['STORE-098'],
    sends((sent) => {
      const written = new Set(sent.writes.map(({ key }) => key.id));
      return { ...sent, ...(sent.reads && { reads: sent.reads.filter(({ id }) => written.has(id)) }) };
    }),
  ),
  faulty('sends a batch one by one', ['STORE-099'], (store) => ({
    commit: async (batch) => {
      const outcomes = [];
      for (const transaction of batch) outcomes.push(...(await store.commit([transaction])));
      return outcomes;
    },
  })),
  faulty(
    'stores what is left of a value as JSON',
    ['STORE-100'],
    sends((sent) => ({
      ...sent,
      writes: sent.writes.map((write) =>
        write.kind === 'put' ? { ...write, fields: plainJson(write.fields) } : write,
      ),
    })),
  ),
  faulty(
    'mends text in values and names',
    ['STORE-116'],
    sends((sent) => ({
      ...sent,
      writes: sent.writes.map((write) =>
        write.kind === 'put' ? { ...write, fields: JSON.parse(wellFormed(write.fields)) } : write,
      ),
    })),
  ),
  faulty(
    'mends text in queries',
    ['STORE-116'],
    queries((query) => JSON.parse(wellFormed(query))),
  ),
  faulty(
    'mends text in keys',
    ['STORE-116'],
    renames((key) => ({ ...key, tenant: key.tenant.toWellFormed(), id: key.id.toWellFormed() })),
  ),
  faulty('takes any name for a collection', ['STORE-101'], (store) => ({
    prepare: (specs) =>
      store.prepare(
        specs.map((spec) => ({
          ...spec,
          name: /^[a-z][a-z0-9._-]{0,62}$/.test(spec.name) ? spec.name : 'mended',
        })),
      ),
  })),
  faulty('declares the rest where one collection is refused', ['STORE-101'], (store) => ({
    prepare: async (specs) => {
      for (const spec of specs) await store.prepare([spec]);
    },
  })),
  faulty(
    'answers a wrong call with a conflict',
    ['STORE-102', 'STORE-098', 'STORE-091', 'STORE-097'],
    (store) => ({
      commit: mends(store.commit.bind(store), async (batch: readonly Transaction[]) =>
        batch.map(() => ({ result: 'conflict' as const })),
      ),
    }),
  ),
  faulty(
    'forgets the indexes that a repeated declaration does not name',
    ['STORE-104', 'STORE-106'],
    (store) => {
      const declared = new Map<string, readonly string[]>();
      return {
        prepare: async (specs) => {
          await store.prepare(specs);
          for (const { name, indexes = [] } of specs)
            declared.set(
              name,
              indexes.map((index) => index.name),
            );
        },
        find: async (query) => {
          if (!declared.get(query.collection)?.includes(query.index))
            throw new PayloadError('there is no such index');
          return store.find(query);
        },
      };
    },
  ),
  {
    fault: 'cannot declare twice at once',
    caughtBy: ['STORE-105'],
    breaker: () => {
      let declaring = false;
      return (store) =>
        altered(store, {
          prepare: async (specs) => {
            if (declaring) throw new ConflictError('the collection is being made');
            declaring = true;
            await stillness(1);
            await store.prepare(specs).finally(() => (declaring = false));
          },
        });
    },
  },
  faulty('gets what it got before', ['STORE-107'], (store) => {
    const known = new Map<string, ReturnType<DocumentStore['get']>>();
    return {
      get: (keys) => {
        const name = JSON.stringify(keys);
        const stored = known.get(name) ?? store.get(keys);
        known.set(name, stored);
        return stored;
      },
    };
  }),
  faulty('has a clock in seconds', ['STORE-108'], (store) => ({
    now: async () => Math.floor((await store.now()) / 1_000),
  })),
  faulty('has a clock that goes back', ['STORE-108'], (store) => {
    let asked = 0;
    return { now: async () => (await store.now()) - (asked++ % 2) * 60_000 };
  }),
  faulty('answers calls of nothing after close', ['STORE-110'], (store) => ({
    get: async (keys) => (keys.length === 0 ? [] : store.get(keys)),
  })),
  faulty('answers what it drops when it closes', ['STORE-111'], (store) => {
    let closed = false;
    return {
      commit: async (batch) => {
        await stillness(1);
        return closed ? batch.map(() => ({ result: 'committed' as const, version: 1 })) : store.commit(batch);
      },
      close: async () => {
        closed = true;
        await store.close();
      },
    };
  }),
  faulty('never finishes closing', ['STORE-111', 'STORE-109'], () => ({
    close: () => new Promise(() => undefined),
  })),
  faulty('takes what it has written along when it closes', ['STORE-113'], (store) => {
    const written: Key[] = [];
    let closing: Promise<void> | undefined;
    return {
      commit: (batch) => {
        written.push(...batch.flatMap(({ writes }) => writes.map(({ key }) => key)));
        return store.commit(batch);
      },
      close: () => {
        const forget = written.map((key): Transaction => ({ expect: [], writes: [{ kind: 'delete', key }] }));
        closing ??= store.commit(forget).then(() => store.close());
        return closing;
      },
    };
  }),
  ...brokenLifecycle<DocumentStore>({
    sharesNamespaces: ['STORE-103'],
    closesOnce: ['STORE-109'],
    answersAfterClose: ['STORE-110'],
    closesOthers: ['STORE-112'],
    declaresOtherwise: ['STORE-114'],
    other: (capabilities) => ({ ...capabilities, rangeValidation: !capabilities.rangeValidation }),
  }),
];
