import { ConnectionError, InDoubtError, keyName } from '@waybill/core';
import type { RawAnswer, RawWrite } from '@waybill/journaled';
import type { MongoConnection } from '../mongo-connection.ts';
import { amendAll } from './amend-all.ts';
import { bumpAll } from './bump-all.ts';
import { createAll } from './create-all.ts';
import { removeAll } from './remove-all.ts';
import { updateAll } from './update-all.ts';

/** Writes of one kind to one collection, of one request. */
export type Portion<Kind extends RawWrite['kind'] = RawWrite['kind']> = readonly Extract<
  RawWrite,
  { kind: Kind }
>[];

/** How many requests a server gets at once for what would fit in one: more cores of it work then. */
const atOnce = 2;
/** Writes that a request of its own is worth. */
const worthwhile = 16;

/** Each write on its own, those of a kind together; answers in the order asked. */
export const writeEach = async (
  mongo: MongoConnection,
  writes: readonly RawWrite[],
): Promise<readonly RawAnswer[]> => {
  // Some servers carry out a bulk as one transaction of their own: two in different orders would wait for each other.
  const inOrder = [...writes.keys()].sort((a, b) => (nameOf(writes[a]) < nameOf(writes[b]) ? -1 : 1));
  const portions = [...Map.groupBy(inOrder, (i) => groupOf(writes[i])).values()].flatMap(inPortions);
  const answers: RawAnswer[] = [];
  const send = async (places: readonly number[]): Promise<void> => {
    const answered = await sendAll(
      mongo,
      places.flatMap((i) => writes[i] ?? []),
    );
    for (const [i, place] of places.entries()) answers[place] = answered[i] ?? 'missed';
  };
  const settled = await Promise.allSettled(portions.map(send));
  const failures = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (failures.length > 0) throw combined(failures, failures.length < portions.length);
  return answers;
};

const inPortions = <T>(group: readonly T[]): readonly (readonly T[])[] => {
  const count = Math.max(1, Math.min(atOnce, Math.floor(group.length / worthwhile)));
  const size = Math.ceil(group.length / count);
  return Array.from({ length: count }, (_, n) => group.slice(n * size, (n + 1) * size));
};

const groupOf = (write: RawWrite | undefined): string => {
  if (write === undefined) return '';
  return `${write.kind} ${collectionOf(write)}`;
};

const nameOf = (write: RawWrite | undefined): string => {
  if (write === undefined) return '';
  return keyName(write.kind === 'create' ? write.document.key : write.key);
};

export const collectionOf = (write: RawWrite): string =>
  write.kind === 'create' ? write.document.key.collection : write.key.collection;

const sendAll = (mongo: MongoConnection, portion: readonly RawWrite[]): Promise<readonly RawAnswer[]> => {
  const of = <Kind extends RawWrite['kind']>(kind: Kind): Portion<Kind> =>
    portion.filter((write): write is Extract<RawWrite, { kind: Kind }> => write.kind === kind);
  const [first] = portion;
  if (first === undefined) return Promise.resolve([]);
  const collection = mongo.collection(collectionOf(first));
  const call = { changes: true };
  switch (first.kind) {
    case 'create':
      return mongo.run(call, () => createAll(collection, of('create')));
    case 'update':
      return mongo.run(call, () => updateAll(collection, of('update')));
    case 'amend':
      return mongo.run(call, () => amendAll(collection, of('amend')));
    case 'remove':
      return mongo.run(call, () => removeAll(collection, of('remove')));
    case 'bump':
      return mongo.run(call, () => bumpAll(collection, of('bump')));
  }
};

/** Where other writes of the call have happened, nobody may be told that nothing has. */
const combined = (failures: readonly unknown[], isPartial: boolean): unknown => {
  const isSure = failures.every((error) => error instanceof ConnectionError);
  if (!isPartial && (isSure || failures.length === 1)) return failures[0];
  return (
    failures.find((error) => error instanceof InDoubtError) ??
    new InDoubtError('some of the writes are done, and some are not', { cause: failures[0] })
  );
};
