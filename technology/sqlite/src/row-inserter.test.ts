import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RowInserter } from './row-inserter.ts';
import { SqliteFile } from './sqlite-file.ts';
import type { Cell, Row } from './statement.ts';

let directory: string;
let file: SqliteFile;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  file = await SqliteFile.open({
    file: join(directory, 'waybill.db'),
    synchronous: 'normal',
    busyTimeoutMs: 2_000,
  });
});

afterEach(async () => {
  await file.close();
  rmSync(directory, { recursive: true });
});

/** A column of a key, and others. */
const withTable = async (columns: number): Promise<{ rows: RowInserter; names: readonly string[] }> => {
  const names = Array.from({ length: columns }, (_, i) => `c${i}`);
  await file.write(() => file.prepare(`CREATE TABLE t (c0 PRIMARY KEY, ${names.slice(1).join(', ')})`).run());
  return { rows: new RowInserter(file, { table: 't', columns: names, onConflict: 'DO NOTHING' }), names };
};

const all = (): Promise<readonly Row[]> => file.read(() => file.prepare('SELECT * FROM t ORDER BY c0').all());

describe('rows that are inserted together', () => {
  it.each([0, 1, 19, 20, 21, 40, 57])('arrive as they are: %i of them', async (count) => {
    const { rows } = await withTable(5);
    const given = Array.from({ length: count }, (_, n): Row => [n, 'same', n % 2 ? null : 'x', 0.5, `${n}`]);
    expect(await file.write(() => rows.insert(given))).toMatchObject({ count });
    expect(await all()).toEqual(given);
  });

  it('may differ now in this, now in that', async () => {
    const { rows } = await withTable(4);
    const given = Array.from({ length: 60 }, (_, n): Row => {
      const last: Cell = n === 39 ? null : 'as ever';
      return [n, n < 20 ? 'one' : n, n < 40 ? 2 : `${n}`, last];
    });
    expect(await file.write(() => rows.insert(given.slice(0, 20)))).toEqual({ count: 20, lastRowid: 20 });
    expect(await file.write(() => rows.insert(given.slice(20)))).toEqual({ count: 40, lastRowid: 60 });
    expect(await all()).toEqual(given);
  });

  it('may differ in more ways than there are statements for', async () => {
    const { rows } = await withTable(9);
    const given = Array.from({ length: 400 }, (_, n): Row => {
      const way = Math.floor(n / 20);
      const others = Array.from({ length: 8 }, (_cell, bit) => ((way >> (bit % 5)) & 1 ? n : 'same'));
      return [n, ...others];
    });
    expect(await file.write(() => rows.insert(given))).toEqual({ count: 400, lastRowid: 400 });
    expect(await all()).toEqual(given);
  });

  it('may be of more columns than there are bits in a number', async () => {
    const { rows, names } = await withTable(70);
    const given = Array.from(
      { length: 20 },
      (_, n): Row => names.map((_name, column) => (column % 3 === 0 ? `${n} ${column}` : column)),
    );
    await file.write(() => rows.insert(given));
    expect(await all()).toEqual(given.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
  });

  it('are counted without those that were there', async () => {
    const { rows } = await withTable(2);
    const given = Array.from({ length: 20 }, (_, n): Row => [n, 'new']);
    await file.write(() => rows.insert([[7, 'old']]));
    expect(await file.write(() => rows.insert(given))).toMatchObject({ count: 19 });
    expect((await all())[7]).toEqual([7, 'old']);
  });
});
