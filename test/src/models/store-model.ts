import type { DocumentStore } from '@waybill/core';
import * as fc from 'fast-check';
import { type ClientNumber, withClients } from './clients.ts';
import type { Source } from './describe-model.ts';
import { Commit } from './store-commit.ts';
import { Find, FindFirst, FindNext, Get, Reopen, type StoreCommand } from './store-commands.ts';
import { StoreOracle } from './store-oracle.ts';
import { filling, intended, keys, query, specs } from './store-space.ts';

const by = fc.constantFrom<ClientNumber[]>(0, 1);
const batch = fc.array(intended, { minLength: 1, maxLength: 2 });

const commands: fc.Arbitrary<StoreCommand>[] = [
  fc.array(fc.record({ by, batch }), { minLength: 1, maxLength: 2 }).map((batches) => new Commit(batches)),
  fc
    .tuple(by, fc.array(intended, { minLength: 1, maxLength: 1 }))
    .map(([by, batch]) => new Commit([{ by, batch }])),
  fc.tuple(by, filling).map(([by, transaction]) => new Commit([{ by, batch: [transaction] }])),
  fc.tuple(by, fc.array(fc.constantFrom(...keys), { maxLength: 4 })).map(([by, keys]) => new Get(by, keys)),
  fc.tuple(by, query).map(([by, query]) => new Find(by, query)),
  fc.tuple(by, query).map(([by, query]) => new FindFirst(by, query)),
  by.map((by) => new FindNext(by)),
  by.map((by) => new Reopen(by)),
];

/** That no sequence of calls tells the store from a list of documents. */
export const storeProperty = (source: Source<DocumentStore>): fc.IAsyncProperty<[Iterable<StoreCommand>]> =>
  fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: 'max' }), (sequence) =>
    withClients(
      source,
      async (clients) => {
        const model = { oracle: new StoreOracle(), open: undefined };
        await fc.asyncModelRun(() => ({ model, real: clients }), sequence);
      },
      (store) => store.prepare(specs),
    ),
  );
