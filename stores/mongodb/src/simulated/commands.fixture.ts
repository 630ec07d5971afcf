import { at, type Doc } from './bson-values.fixture.ts';
import { sorted, updated, type View } from './data.fixture.ts';

/** Told of each document before it is written: where two transactions meet. */
export type Touch = (collection: string, id: unknown) => void;

export class Refused extends Error {
  readonly answer: Doc;

  constructor(code: number, codeName: string, errorLabels: readonly string[] = []) {
    super(codeName);
    this.answer = {
      ok: 0,
      code,
      codeName,
      errmsg: codeName,
      ...(errorLabels.length > 0 ? { errorLabels } : {}),
    };
  }
}

type Run = (view: View, collection: string, command: Doc, touch: Touch) => Doc;

/** One statement after the other; without `ordered` also behind one that fails. */
const each = (
  statements: readonly Doc[],
  ordered: unknown,
  work: (statement: Doc, index: number) => void,
): { readonly writeErrors?: Doc[] } => {
  const writeErrors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      work(statement, index);
    } catch (error) {
      if (!(error instanceof Refused) || error.answer['code'] !== 11000) throw error;
      writeErrors.push({ index, code: 11000, errmsg: 'E11000 duplicate key' });
      if (ordered !== false) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
};

const insertOne = (view: View, collection: string, document: Doc, touch: Touch): void => {
  touch(collection, document['_id']);
  if (view.get(collection, document['_id']) !== undefined) throw new Refused(11000, 'DuplicateKey');
  view.put(collection, document['_id'], document);
};

const insert: Run = (view, collection, command, touch) => {
  let n = 0;
  const failed = each(command['documents'] as Doc[], command['ordered'], (document) => {
    insertOne(view, collection, document, touch);
    n++;
  });
  return { n, ...failed };
};

const update: Run = (view, collection, command, touch) => {
  let n = 0;
  const upserted: Doc[] = [];
  const failed = each(command['updates'] as Doc[], command['ordered'], ({ q, u, upsert, multi }, index) => {
    const [found, ...others] = view.find(collection, q as Doc);
    if (found === undefined && upsert !== true) return;
    for (const other of multi === true ? others : []) {
      touch(collection, other['_id']);
      view.put(collection, other['_id'], updated(other, q as Doc, u as Doc));
      n++;
    }
    const after = updated(found, q as Doc, u as Doc);
    if (found === undefined) {
      insertOne(view, collection, after, touch);
      upserted.push({ index, _id: after['_id'] });
    } else {
      touch(collection, found['_id']);
      view.put(collection, found['_id'], after);
    }
    n++;
  });
  return { n, nModified: n - upserted.length, ...(upserted.length > 0 ? { upserted } : {}), ...failed };
};

const remove: Run = (view, collection, command, touch) => {
  let n = 0;
  for (const { q, limit } of command['deletes'] as Doc[]) {
    const found = view.find(collection, q as Doc);
    for (const { _id } of limit === 1 ? found.slice(0, 1) : found) {
      touch(collection, _id);
      view.put(collection, _id, undefined);
      n++;
    }
  }
  return { n };
};

const findAndModify: Run = (view, collection, command, touch) => {
  const query = command['query'] as Doc;
  const [found] = view.find(collection, query);
  if (found === undefined && command['upsert'] !== true) return { value: null };
  const after = updated(found, query, command['update'] as Doc);
  touch(collection, after['_id']);
  view.put(collection, after['_id'], after);
  return { value: after };
};

const find: Run = (view, collection, command) => {
  const all = sorted(view.find(collection, (command['filter'] ?? {}) as Doc), (command['sort'] ?? {}) as Doc);
  const limit = Number(command['limit'] ?? 0);
  const firstBatch = limit > 0 ? all.slice(0, limit) : all;
  return { cursor: { id: 0n, ns: `db.${collection}`, firstBatch } };
};

/** Of counts only. */
const aggregate: Run = (view, collection, command) => {
  const [first] = command['pipeline'] as Doc[];
  const n = view.find(collection, (first?.['$match'] ?? {}) as Doc).length;
  return { cursor: { id: 0n, ns: `db.${collection}`, firstBatch: n === 0 ? [] : [{ _id: 1, n }] } };
};

export const commands: Readonly<Record<string, Run>> = {
  insert,
  update,
  delete: remove,
  findAndModify,
  find,
  aggregate,
  create: () => ({}),
  createIndexes: () => ({}),
};

export const isWrite = (name: string): boolean =>
  ['insert', 'update', 'delete', 'findAndModify'].includes(name);
export const collectionOf = (name: string, command: Doc): string => String(at(command, name));
