import { defineCollection, defineHandler } from '@waybill/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

const Notes = defineCollection({ name: 'notes', schema: z.object({ n: z.number() }) });
const idle = defineHandler({ topic: 'idle', input: z.object({}), run: () => undefined });

it.each(['submits', 'writes', 'reads'] as const)(
  'the event loop has its turns while somebody %s without a pause',
  async (what) => {
    const { waybill } = await openWorld({ handlers: [idle], collections: [Notes] });
    const notes = waybill.documents(Notes);
    const act = {
      submits: () => waybill.submit(idle, {}),
      writes: (n: number) => notes.put('note', { n }),
      reads: () => notes.get('note'),
    }[what];
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    for (let n = 0, end = performance.now() + 300; performance.now() < end; n++) await act(n);
    clearInterval(timer);
    expect(fired).toBeGreaterThan(5);
  },
);
