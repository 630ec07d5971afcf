import { describe, expect, it } from 'vitest';
import { coalesce } from './coalescer.ts';

/** Calls that end when they are told to. */
const calls = () => {
  const sizes: number[] = [];
  const ends: (() => void)[] = [];
  const send = (items: readonly number[]): Promise<readonly number[]> => {
    sizes.push(items.length);
    return new Promise((resolve) => ends.push(() => resolve(items)));
  };
  return { sizes, ends, send };
};
const turn = (): Promise<void> => new Promise(setImmediate);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('coalesce', () => {
  it('has one call in flight; what comes meanwhile is the next one', async () => {
    const { sizes, ends, send } = calls();
    const { add, idle } = coalesce(send);
    const answers = Promise.all(numbers(100).map(add));
    await turn();
    const later = numbers(50).map(add);
    await turn();
    expect(sizes).toEqual([100]);
    ends[0]?.();
    await turn();
    expect(sizes).toEqual([100, 50]);
    ends[1]?.();
    expect(await answers).toEqual(numbers(100));
    await Promise.all([...later, idle()]);
  });

  it('sends a few items when their turn ends, with all that they lead to in it', async () => {
    const { sizes, ends, send } = calls();
    const { add } = coalesce(send);
    const before = add(0);
    await turn();
    const following = async (hops: number): Promise<number> => {
      await before;
      for (let i = 0; i < hops; i++) await undefined;
      return add(hops);
    };
    const answers = Promise.all(numbers(10).map((n) => following(3 * n)));
    ends[0]?.();
    await turn();
    expect(sizes).toEqual([1, 10]);
    ends[1]?.();
    expect(await answers).toEqual(numbers(10).map((n) => 3 * n));
  });

  it('fills several lanes with equal parts of what there is, and no more', async () => {
    const { sizes, ends, send } = calls();
    const { add } = coalesce(send, 64, 3);
    const answers = Promise.all(numbers(298).map(add));
    await turn();
    expect(sizes).toEqual([60, 60, 60]);
    for (let i = 0; i < 5; i++) {
      ends[i]?.();
      await turn();
    }
    expect(sizes).toEqual([60, 60, 60, 59, 59]);
    expect(await answers).toEqual(numbers(298));
  });

  it('lets a few items wait for the lane in flight', async () => {
    const { sizes, ends, send } = calls();
    const { add, idle } = coalesce(send, 64, 3);
    const first = add(1);
    await turn();
    const few = numbers(3).map(add);
    await turn();
    expect(sizes).toEqual([1]);
    ends[0]?.();
    await turn();
    expect(sizes).toEqual([1, 3]);
    ends[1]?.();
    await Promise.all([first, ...few, idle()]);
  });

  it('makes no call for items that another lane has taken meanwhile', async () => {
    const { sizes, ends, send } = calls();
    const { add, idle } = coalesce(send, 64, 3);
    const few = numbers(3).map(add);
    await Promise.resolve();
    await Promise.resolve();
    const many = numbers(20).map(add);
    await turn();
    expect(sizes).toEqual([23]);
    ends[0]?.();
    await Promise.all([...few, ...many, idle()]);
  });

  it('is idle only when every lane is', async () => {
    const { ends, send } = calls();
    const { add, idle } = coalesce(send, 20, 2);
    const answers = Promise.all(numbers(40).map(add));
    await turn();
    let isIdle = false;
    const waiting = idle().then(() => (isIdle = true));
    ends[0]?.();
    await turn();
    expect(isIdle).toBe(false);
    ends[1]?.();
    await Promise.all([answers, waiting]);
  });

  it('rejects those of a batch that failed, and goes on with the next', async () => {
    const { add } = coalesce(async (items: readonly number[]) => {
      if (items.includes(1)) throw new Error('no');
      return items;
    });
    const failed = add(1);
    await expect(failed).rejects.toThrow('no');
    expect(await add(2)).toBe(2);
  });
});
