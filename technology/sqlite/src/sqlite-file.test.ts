import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClosedError, ConfigError, ConnectionError, PayloadError } from '@waybill/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectFile } from './inspect-file.ts';
import { migrate } from './migrate.ts';
import { fileOption } from './options.ts';
import { SqliteFile } from './sqlite-file.ts';

let directory: string;
let path: string;
const opened: SqliteFile[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  path = join(directory, 'waybill.db');
});

afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
  rmSync(directory, { recursive: true });
});

const open = async (file = path, busyTimeoutMs = 2_000): Promise<SqliteFile> => {
  const connection = await SqliteFile.open({ file, synchronous: 'normal', busyTimeoutMs });
  opened.push(connection);
  return connection;
};

const withTable = async (): Promise<SqliteFile> => {
  const file = await open();
  await file.write(() => file.prepare('CREATE TABLE t (n)').run());
  return file;
};

const countIn = (file: SqliteFile) => file.read(() => file.prepare('SELECT count(*) FROM t').get()?.[0]);

describe('a write to the disk', () => {
  const level = (file: SqliteFile) => () => file.prepare('PRAGMA synchronous').get()?.[0];

  it('waits for it where others do not, and leaves the others as they were', async () => {
    const [normal, full] = [1, 2];
    const file = await withTable();
    expect(await file.write(level(file))).toBe(normal);
    expect(await file.writeToDisk(level(file))).toBe(full);
    expect(await file.write(level(file))).toBe(normal);
    const failing = file.writeToDisk(() => {
      file.prepare('INSERT INTO t VALUES (1)').run();
      throw new PayloadError('no');
    });
    await expect(failing).rejects.toThrow(PayloadError);
    expect(await file.write(level(file))).toBe(normal);
    expect(await countIn(file)).toBe(0);
    await file.writeToDisk(() => file.prepare('INSERT INTO t VALUES (1)').run());
    expect(await countIn(await open())).toBe(1);
  });
});

describe('a SQLite file', () => {
  it('is refused in a directory that does not exist, with the command that mends it', async () => {
    const opening = open(join(directory, 'missing', 'waybill.db'));
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toMatchObject({ fix: expect.stringContaining('mkdir -p') });
  });

  it('is refused if it is a directory or another kind of file', async () => {
    await expect(open(directory)).rejects.toThrow(/not a file/);
    writeFileSync(path, 'once upon a time, '.repeat(1_000));
    await expect(open()).rejects.toThrow(ConfigError);
    await expect(open()).rejects.toThrow(/not a SQLite database/);
  });

  it.runIf(process.getuid?.() === 0)('is refused if this user may not write it', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o444);
    chmodSync(directory, 0o755);
    const script = `
      import { SqliteFile } from '@waybill/sqlite';
      process.setuid(65534);
      await SqliteFile.open({ file: ${JSON.stringify(path)}, synchronous: 'full', busyTimeoutMs: 0 }).catch((error) => {
        process.exitCode = error.code === 'WB_CONFIG' ? 42 : 1;
      });`;
    const [exitCode] = await once(startNode(script), 'exit');
    expect(exitCode).toBe(42);
  });

  it('in memory or as a URI is not an option', () => {
    expect(fileOption.safeParse(':memory:').success).toBe(false);
    expect(fileOption.safeParse('file:x?mode=memory').success).toBe(false);
    expect(fileOption.parse(undefined)).toBe('./waybill.db');
  });

  it('is the same file through a link', async () => {
    mkdirSync(join(directory, 'real'));
    const real = await open(join(directory, 'real', 'a.db'));
    symlinkSync(real.path, join(directory, 'link.db'));
    expect((await open(join(directory, 'link.db'))).path).toBe(real.path);
  });

  it('keeps nothing of a write that throws, and goes on', async () => {
    const file = await withTable();
    const insert = file.prepare('INSERT INTO t VALUES (?)');
    const failing = file.write(() => {
      insert.run(1);
      throw new PayloadError('no');
    });
    await expect(failing).rejects.toThrow(PayloadError);
    await file.write(() => insert.run(2));
    expect(await file.read(() => file.prepare('SELECT n FROM t').all())).toEqual([[2]]);
  });

  it('waits for another writer without blocking, and gives up in time', async () => {
    const [file, other] = [await withTable(), await open(path, 50)];
    const [begin, end] = [file.prepare('BEGIN IMMEDIATE'), file.prepare('COMMIT')];
    const insert = other.prepare('INSERT INTO t VALUES (1)');
    begin.run();
    await expect(other.write(() => insert.run())).rejects.toThrow(ConnectionError);
    const patient = (await open()).write(() => 'done');
    await new Promise((resolve) => setTimeout(resolve, 20)); // proves that the loop still turns
    end.run();
    expect(await patient).toBe('done');
  });

  it('shows a snapshot one state, whatever others commit meanwhile', async () => {
    const [file, other] = [await withTable(), await open()];
    const count = file.prepare('SELECT count(*) FROM t');
    const insert = other.prepare('INSERT INTO t VALUES (1)');
    const seen = await file.snapshot(() => {
      const before = count.get()?.[0];
      insert.run();
      return [before, count.get()?.[0]];
    });
    expect(seen).toEqual([0, 0]);
    expect(await countIn(file)).toBe(1);
  });

  it('that is full loses what was being written and nothing else', async () => {
    const file = await withTable();
    const insert = file.prepare('INSERT INTO t VALUES (?)');
    await file.write(() => insert.run('kept'));
    await file.write(() => file.prepare('PRAGMA max_page_count = 3').get());
    const tooMuch = file.write(() => {
      for (let i = 0; i < 100; i++) insert.run('x'.repeat(1_000));
    });
    await expect(tooMuch).rejects.toThrow(ConnectionError);
    await expect(tooMuch).rejects.toThrow(/full/);
    expect(await countIn(file)).toBe(1);
    await file.write(() => file.prepare('PRAGMA max_page_count = 1000').get());
    await file.write(() => insert.run('more'));
    expect(await countIn(file)).toBe(2);
  });

  it('answers ClosedError after close, which may be repeated', async () => {
    const file = await withTable();
    await file.close();
    await file.close();
    await expect(file.write(() => 1)).rejects.toThrow(ClosedError);
    await expect(file.read(() => 1)).rejects.toThrow(ClosedError);
  });

  it('can be made by several processes at once', async () => {
    const script = `
      import { migrate, SqliteFile } from '@waybill/sqlite';
      const file = await SqliteFile.open({ file: ${JSON.stringify(path)}, synchronous: 'full', busyTimeoutMs: 5000 });
      await migrate(file, 'test', ['CREATE TABLE t (n)']);
      await file.write(() => file.prepare('INSERT INTO t VALUES (1)').run());
      await file.close();`;
    const exits = await Promise.all([1, 2, 3, 4].map(() => once(startNode(script), 'exit')));
    expect(exits.map(([exitCode]) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(await countIn(await open())).toBe(4);
  });

  it('loses nothing committed to a kill -9, and shows nothing uncommitted', async () => {
    const file = await withTable();
    const script = `
      import { writeSync } from 'node:fs';
      import { SqliteFile } from '@waybill/sqlite';
      const file = await SqliteFile.open({ file: ${JSON.stringify(path)}, synchronous: 'normal', busyTimeoutMs: 5000 });
      const insert = file.prepare('INSERT INTO t VALUES (?)');
      for (let n = 1; ; n++) {
        await file.write(() => { for (let i = 0; i < 10; i++) insert.run(n); });
        writeSync(1, n + '\\n');
      }`;
    const child = startNode(script);
    let told = '';
    child.stdout?.on('data', (chunk) => {
      told += chunk;
      if (told.length > 2_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const committed = Number(told.split('\n').at(-2));
    expect(committed).toBeGreaterThan(100);
    const groups = await file.read(() => file.prepare('SELECT n, count(*) FROM t GROUP BY n').all());
    expect(groups.length).toBeGreaterThanOrEqual(committed);
    expect(groups.length).toBeLessThanOrEqual(committed + 1);
    expect(groups.every(([, size]) => size === 10)).toBe(true);
  });
});

describe('a format', () => {
  it('is brought up to date once, by whoever comes first', async () => {
    const files = await Promise.all([open(), open(), open()]);
    const steps = ['CREATE TABLE a (n)', 'CREATE TABLE b (n)'];
    await Promise.all(files.map((file) => migrate(file, 'test', steps)));
    await migrate(await open(), 'test', [...steps, 'ALTER TABLE a ADD COLUMN m']);
    const [file] = files;
    expect(await file?.read(() => file.prepare('SELECT n, m FROM a').all())).toEqual([]);
  });

  it('that is newer than this program is refused', async () => {
    const file = await open();
    await migrate(file, 'test', ['CREATE TABLE a (n)', 'CREATE TABLE b (n)']);
    await expect(migrate(file, 'test', ['CREATE TABLE a (n)'])).rejects.toThrow(ConfigError);
  });
});

describe('an inspection', () => {
  const options = { synchronous: 'normal', busyTimeoutMs: 1_000 } as const;

  it('names the live SQLite, and warns where normal risks something', async () => {
    const { server, findings } = await inspectFile(
      { ...options, file: path },
      'the last moments may be lost',
    );
    expect(server).toMatch(/^SQLite 3\.\d+/);
    expect(findings.map(({ level, code }) => [level, code])).toEqual([['warn', 'sqlite.synchronous-normal']]);
    expect((await inspectFile({ ...options, file: path })).findings).toEqual([]);
  });

  it('refuses what opening refuses', async () => {
    const { findings } = await inspectFile({ ...options, file: join(directory, 'missing', 'x.db') });
    expect(findings).toMatchObject([{ level: 'refuse', fix: expect.stringContaining('mkdir') }]);
  });
});

const startNode = (script: string) =>
  spawn(process.execPath, ['--conditions=@waybill/source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
