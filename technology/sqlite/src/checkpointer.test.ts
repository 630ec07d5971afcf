import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqliteFile } from './sqlite-file.ts';

let folder: string;
let file: SqliteFile;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-checkpoint-'));
  file = await SqliteFile.open({ file: join(folder, 'x.db'), synchronous: 'normal', busyTimeoutMs: 5_000 });
  const create = file.prepare('CREATE TABLE thing (text TEXT)');
  await file.write(() => create.run());
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

/** Each write makes about ten pages of log. */
const write = async (times: number): Promise<void> => {
  const insert = file.prepare('INSERT INTO thing VALUES (?)');
  for (let n = 0; n < times; n++) {
    await file.write(() => insert.run('x'.repeat(40_000)));
    if (n % 50 === 0) await pause(1);
  }
};

const log = (): { readonly pages: number; readonly moved: number } => {
  const [, pages, moved] = file.prepare('PRAGMA wal_checkpoint(NOOP)').get() ?? [];
  return { pages: Number(pages), moved: Number(moved) };
};

it('the log of a busy file is moved into it before a commit finds it long enough', async () => {
  await write(1_000);
  for (const deadline = Date.now() + 20_000; log().moved === 0 && Date.now() < deadline; ) {
    await pause(20);
    await write(32);
  }
  const { pages, moved } = log();
  expect(pages).toBeLessThan(16_000);
  expect(moved).toBeGreaterThan(0);
});

it('a file that is hardly written has no thread', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
  await write(100);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length).toBe(before);
  expect(log().moved).toBe(0);
});

it('closing the last connection ends the thread, and leaves no log', async () => {
  const { path } = file;
  const other = await SqliteFile.open({ file: path, synchronous: 'normal', busyTimeoutMs: 5_000 });
  await write(600);
  await file.close();
  expect(existsSync(`${path}-wal`)).toBe(true);
  await other.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
});
