import assert from 'node:assert/strict';
import { InDoubtError } from '@waybill/core';
import type { SingleDocuments } from '../single-documents.ts';
import { amendCases } from './amend-cases.ts';
import type { DocumentsCase } from './documents-case.ts';
import {
  answers,
  bump,
  create,
  done,
  intentOf,
  key,
  put,
  readOne,
  remove,
  rivalOf,
  stocked,
  update,
} from './notation.ts';

/** Names that a backend may have to write otherwise. */
const odd = JSON.parse(
  '{"$set":1,"a.b":{"$gt":2,"":3},"__proto__":{"x":1},"_id":4,"constructor":[null,-1.5]}',
);

/** What each kind of write does to one document. */
export const writeCases: readonly DocumentsCase[] = [
  {
    id: 'SINGLE-001',
    promise: 'a document is created once, as it was given',
    async check(world) {
      const documents = await stocked(world);
      const intent = intentOf(7, put(odd));
      await done(documents, create('a', 2 ** 52 + 1, { fields: odd, intent }));
      assert.deepEqual(await answers(documents, create('a', 9, { fields: {} })), ['missed']);
      const expected = { key: key('a'), stamp: 2 ** 52 + 1, version: 2 ** 52 + 1, fields: odd, intent };
      assert.deepEqual(await readOne(documents, 'a'), expected);
    },
  },
  {
    id: 'SINGLE-002',
    promise: 'an update is done for exactly the stamp that it expects',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 10, { fields: { n: 1 } }));
      assert.deepEqual(await answers(documents, update('a', [9, 20], { change: put({ n: 2 }) })), ['missed']);
      assert.deepEqual(await readOne(documents, 'a'), {
        key: key('a'),
        stamp: 10,
        version: 10,
        fields: { n: 1 },
      });
      await done(documents, update('a', [10, 20], { change: put({ m: 2 }) }));
      assert.deepEqual(await answers(documents, update('a', [10, 30], { change: put({ n: 3 }) })), [
        'missed',
      ]);
      assert.deepEqual(await readOne(documents, 'a'), {
        key: key('a'),
        stamp: 20,
        version: 20,
        fields: { m: 2 },
      });
    },
  },
  {
    id: 'SINGLE-003',
    promise: 'an update of what is not there is missed, and makes nothing',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('gone', 10, { fields: { n: 1 } }));
      await done(documents, remove('gone', 10));
      const patch = { kind: 'patch', set: { n: 2 }, unset: [] } as const;
      for (const id of ['gone', 'never'])
        for (const change of [put({ n: 2 }), patch, { kind: 'delete' } as const, undefined])
          assert.deepEqual(
            await answers(documents, update(id, [10, 20], change === undefined ? {} : { change })),
            ['missed'],
          );
      assert.deepEqual(await documents.read([key('gone'), key('never')]), [undefined, undefined]);
    },
  },
  {
    id: 'SINGLE-004',
    promise: 'an intent comes and goes, and the fields stay as they are',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 10, { fields: odd }));
      for (const change of [
        put(odd),
        { kind: 'patch', set: odd, unset: ['a.b', '$x'] } as const,
        { kind: 'delete' } as const,
      ]) {
        const intent = intentOf(2 ** 50, change);
        await done(documents, update('a', [10, 11], { intent }));
        assert.deepEqual(await readOne(documents, 'a'), {
          key: key('a'),
          stamp: 11,
          version: 11,
          fields: odd,
          intent,
        });
        await done(documents, update('a', [11, 10]));
        assert.deepEqual(await readOne(documents, 'a'), {
          key: key('a'),
          stamp: 10,
          version: 10,
          fields: odd,
        });
      }
    },
  },
  {
    id: 'SINGLE-005',
    promise: 'a put replaces all fields, a patch some, and a delete leaves a tombstone',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 1, { fields: { old: 1, 'a.b': 1 }, intent: intentOf(1, put({})) }));
      await done(documents, update('a', [1, 2], { change: put({ x: 1, 'y.z': 2, $w: 3 }) }));
      assert.deepEqual(await readOne(documents, 'a'), {
        key: key('a'),
        stamp: 2,
        version: 2,
        fields: { x: 1, 'y.z': 2, $w: 3 },
      });
      const patch = {
        kind: 'patch',
        set: { x: { deep: null }, v: [] },
        unset: ['y.z', '$w', 'never'],
      } as const;
      await done(documents, update('a', [2, 3], { change: patch }));
      assert.deepEqual(await readOne(documents, 'a'), {
        key: key('a'),
        stamp: 3,
        version: 3,
        fields: { x: { deep: null }, v: [] },
      });
      await done(documents, update('a', [3, 4], { change: { kind: 'delete' } }));
      assert.deepEqual(await readOne(documents, 'a'), { key: key('a'), stamp: 4, version: 4 });
      assert.deepEqual(await answers(documents, create('a', 5, { fields: {} })), ['missed']);
      await done(documents, update('a', [4, 6], { change: put({}) }));
      assert.deepEqual(await readOne(documents, 'a'), { key: key('a'), stamp: 6, version: 6, fields: {} });
    },
  },
  {
    id: 'SINGLE-006',
    promise: 'a document that is removed leaves nothing',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 1, { fields: { n: 1 } }));
      assert.deepEqual(await answers(documents, remove('a', 2), remove('never', 1)), ['missed', 'missed']);
      await done(documents, remove('a', 1));
      assert.deepEqual(await answers(documents, remove('a', 1)), ['missed']);
      assert.equal(await readOne(documents, 'a'), undefined);
      await done(documents, create('a', 3, { fields: { n: 2 } }));
    },
  },
  {
    id: 'SINGLE-007',
    promise: 'every bump adds one to the stamp, from nothing on, by any number of clients at once',
    async check(world) {
      const documents = await stocked(world);
      const rival = await rivalOf(world);
      await Promise.all(
        Array.from({ length: 40 }, (_, n) => done(n % 2 === 0 ? documents : rival, bump('a'), bump('b'))),
      );
      const [a, b] = await documents.read([key('a'), key('b')]);
      assert.deepEqual([a?.stamp, a?.version, b?.stamp], [40, 0, 40]);
    },
  },
  {
    id: 'SINGLE-008',
    promise: 'a call of many writes answers each in its place',
    async check(world) {
      const documents = await stocked(world);
      const numbers = Array.from({ length: 300 }, (_, n) => n);
      await done(
        documents,
        ...numbers.filter((n) => n % 2 === 0).map((n) => create(`${n}`, 1, { fields: { n } })),
      );
      const kinds = (n: number) =>
        [
          create(`${n}`, 2, { fields: { n } }),
          update(`${n}`, [1, 3], { change: put({ n }) }),
          remove(`${n}`, 1),
        ][n % 3];
      const writes = numbers.flatMap((n) => kinds(n) ?? []);
      const expected = numbers.map((n) => ((n % 3 === 0) === (n % 2 === 0) ? 'missed' : 'done'));
      assert.deepEqual(await documents.write(writes), expected);
      assert.deepEqual(await documents.write([]), []);
    },
  },
  {
    id: 'SINGLE-009',
    promise: 'exactly those writes have happened that were answered as done, with several clients at it',
    async check(world) {
      const [documents, rival] = [await stocked(world), await rivalOf(world)];
      const ids = Array.from({ length: 20 }, (_, n) => `${n}`);
      await done(documents, ...ids.map((id) => create(id, 1, { fields: { n: 0 } })));
      const tally = { stamp: 1, done: 0, inDoubt: 0 };
      await Promise.all([documents, rival, documents, rival].map((client) => count(client, ids, tally)));
      const found = await documents.read(ids.map((id) => key(id)));
      const sum = found.reduce((total, document) => total + Number(document?.fields?.['n']), 0);
      assert.ok(sum >= tally.done && sum <= tally.done + tally.inDoubt, `${sum} of ${JSON.stringify(tally)}`);
      assert.ok(tally.done > 0);
    },
  },
  ...amendCases,
];

interface Tally {
  stamp: number;
  done: number;
  inDoubt: number;
}

/** Adds one to each document, as often as it is the first to do so. */
const count = async (client: SingleDocuments, ids: readonly string[], tally: Tally): Promise<void> => {
  for (let round = 0; round < 15; round++) {
    const there = (await client.read(ids.map((id) => key(id)))).flatMap((found) => found ?? []);
    const writes = there.map(({ key: { id }, stamp, fields }) =>
      update(id, [stamp, ++tally.stamp], { change: put({ n: Number(fields?.['n']) + 1 }) }),
    );
    try {
      const given = await client.write(writes);
      tally.done += given.filter((answer) => answer === 'done').length;
    } catch (error) {
      if (!(error instanceof InDoubtError)) throw error;
      tally.inDoubt += writes.length;
    }
  }
};
