import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stored, Transaction } from '@waybill/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let folder: string;
let mine: SqliteStore;
let other: SqliteStore;
const key = { collection: 'things', tenant: 't', id: 'a' };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-recent-'));
  [mine, other] = (await Promise.all(
    [1, 2].map(() => openSqliteStore({ file: join(folder, 'store.db'), synchronous: 'normal' })),
  )) as [SqliteStore, SqliteStore];
  const specs = [{ name: 'things', apart: ['state', 'count', 'note'] }];
  await mine.prepare(specs);
  await other.prepare(specs);
  await commit(mine, {
    expect: [],
    writes: [{ kind: 'put', key, fields: { state: 'new', count: 0, kept: true } }],
  });
});
afterEach(async () => {
  await mine.close();
  await other.close();
  rmSync(folder, { recursive: true });
});

const commit = async (store: SqliteStore, transaction: Transaction) => (await store.commit([transaction]))[0];
const change = (state: string, fields: Record<string, string | number | undefined>): Transaction => ({
  expect: [{ kind: 'fields', key, fields: { state } }],
  writes: [{ kind: 'patch', key, fields }],
  reads: [key],
});

describe('a document that was read lately', () => {
  it('is patched, and read back with the patch', async () => {
    await mine.get([key]);
    const outcome = await commit(mine, change('new', { state: 'old', count: -0, note: undefined }));
    expect(outcome).toMatchObject({ documents: [{ fields: { state: 'old', count: 0, kept: true } }] });
    const [stored] = await other.get([key]);
    expect(outcome).toMatchObject({ documents: [stored] });
  });

  it('is read anew after another process has changed it', async () => {
    await mine.get([key]);
    await commit(other, change('new', { state: 'theirs', note: 'changed' }));
    expect(await commit(mine, change('new', { state: 'mine' }))).toMatchObject({ result: 'conflict' });
    const outcome = await commit(mine, change('theirs', { state: 'mine' }));
    expect(outcome).toMatchObject({ documents: [{ fields: { state: 'mine', note: 'changed' } }] });
  });

  it('is not taken for one that came after it', async () => {
    await mine.get([key]);
    const [before] = await mine.get([key]);
    await commit(other, { expect: [], writes: [{ kind: 'delete', key }] });
    await commit(other, {
      expect: [],
      writes: [{ kind: 'put', key, fields: { state: 'new', note: 'another' } }],
    });
    const outcome = await commit(mine, change('new', { state: 'old' }));
    expect(outcome).toMatchObject({ documents: [{ fields: { state: 'old', note: 'another' } }] });
    const late: Transaction = {
      expect: [{ kind: 'version', key, version: before?.version ?? 0 }],
      writes: [{ kind: 'patch', key, fields: { state: 'late' } }],
    };
    expect(await commit(mine, late)).toMatchObject({ result: 'conflict' });
  });

  it('is forgotten when what was written of it is not committed', async () => {
    await mine.get([key]);
    const wrong = { expect: [], writes: [{ kind: 'patch', key, fields: { state: Number.NaN } }] } as const;
    await expect(mine.commit([change('new', { state: 'lost' }), wrong])).rejects.toThrow(/JSON/);
    const [stored] = await mine.get([key]);
    expect(stored?.fields).toEqual({ state: 'new', count: 0, kept: true });
    expect(await commit(mine, change('lost', { state: 'x' }))).toMatchObject({ result: 'conflict' });
    expect(await commit(mine, change('new', { state: 'x' }))).toMatchObject({ result: 'committed' });
  });

  it('is not taken for what another process wrote under the version of a write that failed', async () => {
    const open = () => openSqliteStore({ file: join(folder, 'store.db'), synchronous: 'normal' });
    const [failing, next] = [await open(), await open()]; // both take their first versions from the file
    for (const store of [failing, next]) await store.prepare([{ name: 'things', apart: ['state'] }]);
    await failing.get([key]);
    const wrong = { expect: [], writes: [{ kind: 'patch', key, fields: { state: Number.NaN } }] } as const;
    await expect(failing.commit([change('new', { state: 'lost' }), wrong])).rejects.toThrow(/JSON/);
    await commit(next, change('new', { state: 'theirs' }));
    expect(await commit(failing, change('lost', { state: 'x' }))).toMatchObject({ result: 'conflict' });
    await failing.close();
    await next.close();
  });

  it('does not share what its readers may change', async () => {
    spoil((await mine.get([key]))[0]);
    const outcome = await commit(mine, change('new', { state: 'old' }));
    expect(outcome).toMatchObject({ documents: [{ fields: { count: 0 } }] });
    if (outcome?.result === 'committed') spoil(outcome.documents?.[0]);
    expect(await commit(mine, change('old', { state: 'older' }))).toMatchObject({
      documents: [{ fields: { count: 0 } }],
    });
  });
});

const spoil = (stored: Stored | undefined): void => {
  if (stored === undefined) throw new Error('there is nothing to spoil');
  Object.assign(stored.fields, { count: 99 });
};

describe('many new documents at once', () => {
  const insert = (ids: readonly string[]): Transaction => {
    const keys = ids.map((id) => ({ collection: 'things', tenant: 't', id }));
    return {
      expect: keys.map((each) => ({ kind: 'absent', key: each })),
      writes: keys.map((each) => ({ kind: 'put', key: each, fields: { state: each.id } })),
    };
  };
  const some = ['1', '2', '3', '4', '5', '6'].map((n) => `many-${n}`);

  it('are there all together', async () => {
    expect(await commit(mine, insert(some))).toMatchObject({ result: 'committed' });
    const found = await other.get(insert(some).writes.map(({ key: each }) => each));
    expect(found.map((stored) => stored?.fields['state'])).toEqual(some);
  });

  it('are not there at all if one was there before, and what came with them is', async () => {
    const alone = insert(['alone']);
    const outcomes = await mine.commit([alone, insert([...some.slice(0, 5), 'a', 'many-7'])]);
    expect(outcomes).toMatchObject([{ result: 'committed' }, { result: 'conflict', key }]);
    const keys = [...insert(some).writes, ...alone.writes].map(({ key: each }) => each);
    expect((await other.get(keys)).filter(Boolean)).toMatchObject([{ fields: { state: 'alone' } }]);
  });
});
