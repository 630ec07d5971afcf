import { type Delivery, type QueueName, systemRuntime, type Ticket } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { Slot } from './slot.ts';
import { Slots } from './slots.ts';

const deliveryOf = (taskId: string, queue: QueueName): Delivery<Ticket> => ({
  item: { tenant: 'default', taskId, queue, rank: 5, epoch: 0 },
  commit: async () => undefined,
  rollback: async () => undefined,
});

/** One slot, and who was told to begin. */
const oneSlot = () => {
  const turns: string[] = [];
  const slots = new Slots(
    { critical: 0, normal: 1, batch: 0 },
    { onWant: () => undefined, onTurn: ({ item }) => void turns.push(item.taskId) },
  );
  const take = (taskId: string): boolean => slots.take(deliveryOf(taskId, 'normal'), 0);
  const slot = (): Slot => new Slot(slots, 'normal', systemRuntime());
  return { slots, turns, take, slot };
};

describe('tickets taken ahead', () => {
  /** How many are asked for when all tasks took so long, and every slot is busy. */
  const aheadOf = (slots: number, tookMs: number): number => {
    const busy = new Slots(
      { critical: 0, normal: slots, batch: 0 },
      { onWant: () => undefined, onTurn: () => undefined },
    );
    for (let n = 0; n < 200; n++) busy.release('normal', tookMs);
    const [asked] = busy.wanted();
    return (asked?.max ?? 0) - (slots + 200);
  };

  it.each([
    [1, 0.5, 40],
    [1, 4, 16],
    [10, 1, 200],
    [10, 0.1, 256],
    [100, 1, 400],
    [1, 6, 0],
  ])('are for 20 ms of %i slots with tasks of %d ms, within bounds: %i', (slots, tookMs, ahead) => {
    expect(Math.abs(aheadOf(slots, tookMs) - ahead)).toBeLessThanOrEqual(1);
  });
});

describe('tickets of a queue whose tasks take long', () => {
  const busy = (): Slots => {
    const slots = new Slots(
      { critical: 0, normal: 1, batch: 1 },
      { onWant: () => undefined, onTurn: () => undefined },
    );
    slots.take(deliveryOf('n', 'normal'), 0);
    slots.take(deliveryOf('b', 'batch'), 0);
    return slots;
  };
  const wanted = (slots: Slots): string[] => slots.wanted().map(({ queue }) => queue);

  it('are not taken ahead because those of another queue are brief', () => {
    const slots = busy();
    for (let n = 0; n < 200; n++) {
      slots.release('normal', 0.1);
      slots.take(deliveryOf(`n${n}`, 'normal'), 0);
    }
    expect(wanted(slots)).toEqual(['normal']);
  });

  it('are not taken again and again when they had to be given back', () => {
    const slots = busy();
    for (let n = 0; n < 200; n++) {
      slots.release('batch', 0.1);
      slots.take(deliveryOf(`b${n}`, 'batch'), 0);
    }
    expect(wanted(slots)).toEqual(['batch']);
    slots.take(deliveryOf('kept', 'batch'), 0);
    expect(slots.giveUp(1_000)).toHaveLength(1);
    expect(wanted(slots)).toEqual([]);
  });
});

describe('a slot', () => {
  it('goes to who runs again before tickets that are kept', async () => {
    const { slots, turns, take, slot } = oneSlot();
    expect(take('a')).toBe(true);
    const a = slot();
    expect([take('b'), take('c')]).toEqual([false, false]);
    a.release();
    const b = slot();

    const again = a.regain();
    b.release();
    await again;
    expect(turns).toEqual(['b']);

    a.release();
    expect(turns).toEqual(['b', 'c']);
    slot().release();
    expect(slots.wanted()).toMatchObject([{ queue: 'normal' }]);
  });

  it('is free again, and once, after somebody has waited for it in vain', async () => {
    const { slots, take, slot } = oneSlot();
    take('a');
    const a = slot();
    a.release();
    take('b');
    const b = slot();

    const again = a.regain();
    a.forgo('cancelled');
    await expect(again).rejects.toBe('cancelled');
    b.release();
    b.release();
    a.release();

    expect(slots.wanted()).toEqual([{ queue: 'normal', max: 1 }]);
  });
});
