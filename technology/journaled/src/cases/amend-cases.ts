import assert from 'node:assert/strict';
import type { Condition } from '../raw-write.ts';
import type { DocumentsCase } from './documents-case.ts';
import {
  amend,
  answers,
  create,
  done,
  intentOf,
  key,
  put,
  readOne,
  rivalOf,
  stocked,
  update,
} from './notation.ts';

/** Writes of a document that their client has not read. */
export const amendCases: readonly DocumentsCase[] = [
  {
    id: 'SINGLE-010',
    promise: 'an amendment patches a document in whatever version',
    async check(world) {
      const documents = await stocked(world);
      await done(documents, create('a', 10, { fields: { n: 1, old: 1, 'a.b': 1, kept: [1] } }));
      await done(
        documents,
        amend('a', 20, { set: { n: 2, $w: { 'x.y': 1 } }, unset: ['old', 'a.b', 'never'] }),
      );
      const fields = { n: 2, kept: [1], $w: { 'x.y': 1 } };
      assert.deepEqual(await readOne(documents, 'a'), { key: key('a'), stamp: 20, version: 20, fields });
      await done(documents, update('a', [20, 30], { change: put({ n: 3 }) }));
    },
  },
  {
    id: 'SINGLE-011',
    promise: 'an amendment of what is held, deleted or not there is missed',
    async check(world) {
      const documents = await stocked(world);
      const intent = intentOf(7, put({}));
      await done(
        documents,
        create('held', 10, { fields: { n: 1 }, intent }),
        create('coming', 10, { intent }),
        create('gone', 10, { fields: { n: 1 } }),
      );
      await done(documents, update('gone', [10, 11], { change: { kind: 'delete' } }));
      const ids = ['held', 'coming', 'gone', 'never'];
      const before = await documents.read(ids.map((id) => key(id)));
      const given = await answers(documents, ...ids.map((id) => amend(id, 20, { set: { n: 2 } })));
      assert.deepEqual(given, ['missed', 'missed', 'missed', 'missed']);
      assert.deepEqual(await documents.read(ids.map((id) => key(id))), before);
    },
  },
  {
    id: 'SINGLE-012',
    promise: 'an amendment is done exactly if its document is as wanted',
    async check(world) {
      const documents = await stocked(world);
      const at = '2026-11-21T08:00:00.000Z';
      const fields = { text: 'x', n: 1, yes: true, no: null, at, list: ['x', 1], 'a.b': '$x' };
      const tries: readonly (readonly [Condition, 'done' | 'missed'])[] = [
        [{ version: 10, fields: {} }, 'done'],
        [{ version: 11, fields: {} }, 'missed'],
        [{ fields: { text: 'x', n: 1, yes: true, no: null, never: null, at, 'a.b': '$x' } }, 'done'],
        [{ version: 10, fields: { text: 'y' } }, 'missed'],
        [{ fields: { n: '1' } }, 'missed'],
        [{ fields: { yes: 1 } }, 'missed'],
        [{ fields: { text: null } }, 'missed'],
        [{ fields: { never: 'x' } }, 'missed'],
        [{ fields: { list: 'x' } }, 'missed'],
        [{ fields: { at: '2026-11-21' } }, 'missed'],
      ];
      await done(documents, ...tries.map((_, i) => create(`${i}`, 10, { fields })));
      const writes = tries.map(([where], i) => amend(`${i}`, 20, { where, set: { text: 'new' } }));
      assert.deepEqual(
        await documents.write(writes),
        tries.map(([, answer]) => answer),
      );
      const stamps = (await documents.read(tries.map((_, i) => key(`${i}`)))).map((found) => found?.stamp);
      assert.deepEqual(
        stamps,
        tries.map(([, answer]) => (answer === 'done' ? 20 : 10)),
      );
    },
  },
  {
    id: 'SINGLE-013',
    promise: 'of amendments that exclude each other one is done, and what came after it is missed',
    async check(world) {
      const [documents, rival] = [await stocked(world), await rivalOf(world)];
      await done(documents, create('a', 10, { fields: { by: null } }));
      const take = (stamp: number) =>
        amend('a', stamp, { where: { fields: { by: null } }, set: { by: stamp } });
      const given = await Promise.all([answers(documents, take(20)), answers(rival, take(30))]);
      assert.deepEqual(given.flat().toSorted(), ['done', 'missed']);
      const winner = given[0]?.[0] === 'done' ? 20 : 30;
      assert.equal((await readOne(documents, 'a'))?.stamp, winner);
      // What had been read before the amendment is old news.
      assert.deepEqual(await answers(documents, update('a', [10, 40], { change: put({}) })), ['missed']);
    },
  },
];
