import { ClosedError, type Fields, type Transaction } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { fieldsOf, key, put, putting, things, useFile } from './things.fixture.ts';

const { open } = useFile();

describe('commits', () => {
  it('that are sent together stand for themselves: a wrong one fails alone', async () => {
    const store = await open({ name: things });
    const wrong = { ...putting('wrong', {}), reads: [key('other')] };
    const answers = await Promise.allSettled([
      put(store, 'a', { n: 1 }),
      store.commit([putting('b', {}), wrong]),
      put(store, 'c', { n: 1n as never }),
      put(store, 'd', { n: 1 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    const there = await store.get(['a', 'b', 'c', 'd'].map((id) => key(id)));
    expect(there.map((stored) => stored?.key.id)).toEqual(['a', undefined, undefined, 'd']);
  });

  it('of many new documents write all of them, whatever their shapes, or none', async () => {
    const store = await open({ name: things, apart: ['n', 'text', 'large'] });
    const large = 'x'.repeat(100_000);
    const fieldsAt = (n: number): Fields =>
      n % 3 === 0 ? { n, text: 'same' } : n % 7 === 0 ? { n, large } : { n: 1, other: [n] };
    const creating = (ids: readonly string[]): Transaction => {
      const keys = ids.map((id) => key(id));
      return {
        expect: keys.map((one) => ({ kind: 'absent', key: one })),
        writes: keys.map((one, n) => ({ kind: 'put', key: one, fields: fieldsAt(n) })),
      };
    };
    const ids = Array.from({ length: 130 }, (_, n) => `${n}`);
    expect(await store.commit([creating(ids)])).toMatchObject([{ result: 'committed' }]);
    const there = await store.get(ids.map((id) => key(id)));
    expect(there.map((stored) => stored?.fields)).toEqual(ids.map((_, n) => fieldsAt(n)));

    const others = Array.from({ length: 130 }, (_, n) => (n === 77 ? '0' : `other ${n}`));
    const outcome = await store.commit([creating(others), putting('after', {})]);
    expect(outcome).toMatchObject([{ result: 'conflict', key: { id: '0' } }, { result: 'committed' }]);
    expect(await store.get(others.map((id) => key(id)))).toEqual(
      others.map((id) => (id === '0' ? there[0] : undefined)),
    );
  });

  it('of many that make a document each stand for themselves, and can be written again at once', async () => {
    const store = await open({ name: things, apart: ['n', 'by'] });
    const creating = (id: string, n: number): Transaction => ({
      expect: [{ kind: 'absent', key: key(id) }],
      writes: [{ kind: 'put', key: key(id), fields: n % 2 === 0 ? { n } : { n, by: 'one' } }],
    });
    const ids = Array.from({ length: 50 }, (_, n) => `${n}`);
    const made = await store.commit(ids.map((id, n) => creating(id, n)));
    const versions = made.map((outcome) => (outcome.result === 'committed' ? outcome.version : 0));
    expect(new Set(versions).size).toBe(50);
    expect((await store.get(ids.map((id) => key(id)))).map((stored) => stored?.version)).toEqual(versions);

    const patching = ids.map(
      (id, n): Transaction => ({
        expect: [{ kind: 'fields', key: key(id), fields: { n } }],
        writes: [{ kind: 'patch', key: key(id), fields: { by: `other ${n}` } }],
        reads: [key(id)],
      }),
    );
    const patched = await store.commit(patching);
    expect(patched.map((one) => one.result === 'committed' && one.documents?.[0]?.fields)).toEqual(
      ids.map((_, n) => ({ n, by: `other ${n}` })),
    );

    const some = ['a', '7', 'b', 'a', ...Array.from({ length: 40 }, (_, n) => `new ${n}`)];
    const outcomes = await store.commit(some.map((id, n) => creating(id, n)));
    expect(outcomes.flatMap(({ result }, i) => (result === 'conflict' ? [i] : []))).toEqual([1, 3]);
    expect(await fieldsOf(store, 'a')).toEqual({ n: 0 });
    expect(await fieldsOf(store, '7')).toEqual({ n: 7, by: 'other 7' });
    expect(await fieldsOf(store, 'new 39')).toMatchObject({ n: 43 });
  });

  it('in flight are answered before the store closes, later ones refused', async () => {
    const store = await open({ name: things });
    const committing = put(store, 'a', {});
    const closing = store.close();
    expect(await committing).toMatchObject([{ result: 'committed' }]);
    await closing;
    await expect(put(store, 'b', {})).rejects.toThrow(ClosedError);
    await expect(store.get([])).rejects.toThrow(ClosedError);
    await expect(store.now()).rejects.toThrow(ClosedError);
    expect(await fieldsOf(await open({ name: things }), 'a')).toEqual({});
  });
});
