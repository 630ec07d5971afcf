import type { Key, Write } from '@waybill/core';
import { expect, test } from 'vitest';
import { MemoryStore } from './memory-store.ts';

const collection = 'things';
const spec = {
  name: collection,
  indexes: [{ name: 'state', fields: ['state', 'at'], acrossTenants: true }],
} as const;

/** Numbers that look like chance, the same ones each time. */
const numbers = (): ((below: number) => number) => {
  let last = 1;
  return (below) => (last = (last * 48_271) % 0x7fff_ffff) % below;
};

const tenantOf = (id: string): string => `t${Number(id) % 2}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

test.each([97, 700, 5_000])('an index asked after %i writes knows where every document is', async (every) => {
  const store = new MemoryStore();
  await store.prepare([spec]);
  const below = numbers();
  const expected = new Map<string, { state: string; at: number }>();
  const check = async (): Promise<void> => {
    for (const state of ['a', 'b', 'c']) {
      const query = { collection, index: 'state', equals: [state], limit: 1_000, total: true };
      const { documents, total } = await store.find(query);
      const there = [...expected].filter(([, fields]) => fields.state === state);
      const order = there.sort(
        ([x, { at: a }], [y, { at: b }]) => a - b || compare(tenantOf(x), tenantOf(y)) || compare(x, y),
      );
      expect(documents.map(({ key, fields }) => [key.id, fields])).toEqual(order);
      expect(total).toBe(there.length);
    }
  };
  for (let n = 1; n <= 10_000; n++) {
    const id = `${below(900)}`;
    const key = { collection, tenant: tenantOf(id), id };
    const fields = { state: 'abc'.charAt(below(3)), at: below(50) };
    const kind = below(8);
    let write: Write;
    if (kind === 0) write = { kind: 'delete', key };
    else if (kind < 5 && expected.has(id)) write = { kind: 'patch', key, fields };
    else write = { kind: 'put', key, fields };
    if (write.kind === 'delete') expected.delete(id);
    else expected.set(id, fields);
    await store.commit([{ expect: [], writes: [write] }]);
    if (n % every === 0) await check();
  }
  await check();
});

test('a tenant whose last document went can have others', async () => {
  const store = new MemoryStore();
  await store.prepare([spec]);
  const keyOf = (tenant: string): Key => ({ collection, tenant, id: 'x' });
  const [one, other] = [keyOf('one'), keyOf('other')];
  const write = (each: Write): Promise<unknown> => store.commit([{ expect: [], writes: [each] }]);
  await write({ kind: 'put', key: one, fields: {} });
  await write({ kind: 'delete', key: one });
  await write({ kind: 'put', key: one, fields: {} });
  await write({ kind: 'put', key: other, fields: {} });
  expect(await store.get([other, one])).toMatchObject([{ version: 3 }, { version: 2 }]);
});
