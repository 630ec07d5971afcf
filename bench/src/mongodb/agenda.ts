import { randomUUID } from 'node:crypto';
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, InMemoryNotificationChannel } from 'agenda';
import { MongoClient } from 'mongodb';
import { type Contender, payload } from '../contender.ts';
import { counter } from '../counter.ts';
import { serverUrl } from './server.ts';

/** With its quickest settings: told at once of what there is to do, and polling every few milliseconds besides. */
export const openAgenda = async (): Promise<Contender> => {
  const client = await MongoClient.connect(serverUrl());
  const database = client.db(randomUUID());
  const backend = new MongoBackend({ mongo: database });
  const agenda = new Agenda({
    backend,
    processEvery: 20,
    maxConcurrency: 100,
    defaultConcurrency: 100,
    lockLimit: 0,
    defaultLockLimit: 0,
    notificationChannel: new InMemoryNotificationChannel(),
  });
  await agenda.ready;
  const count = counter();
  const contender: Contender = { close: () => undefined };
  const define = (concurrency: number): void =>
    agenda.define(
      'bench',
      async (job) => {
        contender.onStart?.((job.attrs.data as { readonly n: number }).n);
      },
      { concurrency, lockLimit: 0 },
    );
  return Object.assign(contender, {
    submitMany: async (from: number, many: number) => {
      await Promise.all(Array.from({ length: many }, (_, i) => agenda.now('bench', payload(from + i))));
    },
    startWorkers: async ({ concurrency }: { readonly concurrency: number }) => {
      define(concurrency);
      agenda.on('success', count.one);
      await agenda.start();
    },
    ended: count.wait,
    endedSoFar: count.total,
    close: async () => {
      // It gives back what it had locked; a server that answers that with a deadlock has been measured all the same.
      await agenda.stop().catch(() => undefined); // see above
      await database.dropDatabase();
      await client.close();
    },
  });
};
