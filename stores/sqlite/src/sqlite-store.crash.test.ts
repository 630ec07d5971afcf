import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CollectionSpec,
  ConfigError,
  ConnectionError,
  type DocumentStore,
  type Fields,
  type Key,
  type Transaction,
} from '@waybill/core';
import { migrate, SqliteFile } from '@waybill/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeFormat } from './schema.ts';
import { openSqliteStore, SqliteStore } from './sqlite-store.ts';

let directory: string;
let file: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waybill-store-'));
  file = join(directory, 'waybill.db');
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(directory, { recursive: true });
});

const open = async (...collections: CollectionSpec[]): Promise<SqliteStore> => {
  const store = await openSqliteStore({ file, synchronous: 'normal' });
  opened.push(store);
  await store.prepare(collections);
  return store;
};

const openFile = async (): Promise<SqliteFile> => {
  const connection = await SqliteFile.open({ file, synchronous: 'normal', busyTimeoutMs: 2_000 });
  opened.push(connection);
  return connection;
};

const things = 'things';
const key = (id: string, tenant = 'acme'): Key => ({ collection: things, tenant, id });
const putting = (id: string, fields: Fields): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields }],
});
const put = (store: DocumentStore, id: string, fields: Fields) => store.commit([putting(id, fields)]);
const fieldsOf = async (store: DocumentStore, id: string) => (await store.get([key(id)]))[0]?.fields;

describe('commits', () => {
  it('write nothing if the disk is full, and work again when there is room', async () => {
    const connection = await openFile();
    await migrate(connection, 'store', storeFormat);
    const store = new SqliteStore(connection, { synchronous: 'normal' });
    await store.prepare([{ name: things }]);
    await put(store, 'kept', { n: 1 });
    await connection.write(() => connection.prepare('PRAGMA max_page_count = 30').get());
    const large = (id: string) => put(store, id, { text: 'x'.repeat(40_000) });
    const answers = await Promise.allSettled([put(store, 'small', {}), large('a'), large('b'), large('c')]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(ConnectionError) });
    }
    expect(await store.get(['kept', 'small', 'a'].map((id) => key(id)))).toMatchObject([
      { fields: { n: 1 } },
      undefined,
      undefined,
    ]);
    await connection.write(() => connection.prepare('PRAGMA max_page_count = 10000').get());
    const versions = (await Promise.all([put(store, 'kept', {}), large('a')])).flat();
    expect(versions.map(({ result }) => result)).toEqual(['committed', 'committed']);
  });

  it('share no version with those of another process, also after one that failed', async () => {
    const connection = await openFile();
    await migrate(connection, 'store', storeFormat);
    const [failing, other] = [
      new SqliteStore(connection, { synchronous: 'normal' }),
      await open({ name: things }),
    ];
    await failing.prepare([{ name: things }]);
    await connection.write(() => connection.prepare('PRAGMA max_page_count = 1').get());
    await expect(put(failing, 'large', { text: 'x'.repeat(40_000) })).rejects.toThrow(ConnectionError);
    const versions: number[] = [];
    const putTwice = async (store: DocumentStore) => {
      for (const outcome of [...(await put(store, 'a', {})), ...(await put(store, 'a', {}))]) {
        if (outcome.result === 'committed') versions.push(outcome.version);
      }
    };
    await putTwice(other);
    await connection.write(() => connection.prepare('PRAGMA max_page_count = 10000').get());
    await putTwice(failing);
    await putTwice(other);
    expect(new Set(versions).size).toBe(6);
  });

  it('of several processes lose no update and share no version', async () => {
    const store = await open({ name: things });
    await put(store, 'counter', { n: 0 });
    const script = `
      import { openSqliteStore } from '@waybill/store-sqlite';
      const store = await openSqliteStore({ file: ${JSON.stringify(file)}, synchronous: 'normal' });
      await store.prepare([{ name: 'things' }]);
      const key = { collection: 'things', tenant: 'acme', id: 'counter' };
      const versions = [];
      while (versions.length < 100) {
        const [{ version, fields }] = await store.get([key]);
        const [outcome] = await store.commit([{
          expect: [{ kind: 'version', key, version }],
          writes: [{ kind: 'put', key, fields: { n: fields.n + 1 } }],
        }]);
        if (outcome.result === 'committed') versions.push(outcome.version);
      }
      await store.close();
      console.log(versions.join(' '));`;
    const said = await Promise.all([outputOf(script), outputOf(script), outputOf(script)]);
    expect(await fieldsOf(store, 'counter')).toEqual({ n: 300 });
    expect(new Set(said.join(' ').trim().split(/\s+/)).size).toBe(300);
  });

  it('survive a kill -9 whole, and leave nothing half-written', async () => {
    const store = await open({ name: things, apart: ['n'] });
    const script = `
      import { writeSync } from 'node:fs';
      import { openSqliteStore } from '@waybill/store-sqlite';
      const store = await openSqliteStore({ file: ${JSON.stringify(file)}, synchronous: 'normal' });
      await store.prepare([{ name: 'things' }]);
      const put = (id, n) => ({ kind: 'put', key: { collection: 'things', tenant: 'acme', id }, fields: { n, pad: 'x'.repeat(3000) } });
      for (let n = 1; ; n++) {
        const writes = Array.from({ length: 20 }, (_, i) => put('d' + i, n));
        await store.commit([{ expect: [], writes }, { expect: [], writes: [put('own' + n, n)] }]);
        writeSync(1, n + '\\n');
      }`;
    for (let round = 0; round < 3; round++) {
      const child = startNode(script);
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
        if (said.length > 150 + 70 * round) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const told = Number(said.split('\n').at(-2));
      const seen = await store.get(Array.from({ length: 20 }, (_, i) => key(`d${i}`)));
      const numbers = new Set(seen.map((stored) => stored?.fields['n']));
      expect(numbers.size).toBe(1);
      const [last] = [...numbers];
      expect([told, told + 1]).toContain(last);
      expect(await fieldsOf(store, `own${last}`)).toMatchObject({ n: last });
      expect(await fieldsOf(store, `own${Number(last) + 1}`)).toBeUndefined();
      for (let n = 1; n <= Number(last); n++) {
        await store.commit([{ expect: [], writes: [{ kind: 'delete', key: key(`own${n}`) }] }]);
      }
    }
  });
});

describe('a damaged file', () => {
  it('is refused when it is opened, or reported when it is read, never answered from', async () => {
    const store = await open({ name: things });
    for (let n = 0; n < 200; n++) await put(store, `${n}`, { pad: 'x'.repeat(2_000) });
    await store.close();
    const descriptor = openSync(file, 'r+');
    const { size } = statSync(file);
    for (let at = 4096; at < size; at += 4096) writeSync(descriptor, 'damage'.repeat(600), at);
    const reading = async () => {
      const damaged = await open({ name: things });
      return damaged.get(Array.from({ length: 200 }, (_, n) => key(`${n}`)));
    };
    const error = await reading().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error instanceof ConfigError || error instanceof ConnectionError).toBe(true);
    expect(String(error)).toMatch(/damaged/);
  });
});

const startNode = (script: string) =>
  spawn(process.execPath, ['--conditions=@waybill/source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });

const outputOf = async (script: string): Promise<string> => {
  const child = startNode(script);
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  const [exitCode] = await once(child, 'close');
  expect(exitCode).toBe(0);
  return said;
};
