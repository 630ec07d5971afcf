import { defineHandler } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

const never = defineHandler({ topic: 'never', input: z.object({}), run: () => undefined });

/** A task that nobody works on. */
const submitted = async () => {
  const { waybill } = await openWorld({ handlers: [never] });
  return waybill.submit(never, {});
};

describe('who waits for a result', () => {
  it('is told at once by a signal that has aborted before', { timeout: 1_000 }, async () => {
    const task = await submitted();
    const reason = new Error('enough');

    await expect(task.result({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('is told at once by a signal that aborts meanwhile', { timeout: 1_000 }, async () => {
    const task = await submitted();
    const reason = new Error('enough');
    const stop = new AbortController();
    const waiting = task.result({ signal: stop.signal });
    setTimeout(() => stop.abort(reason), 5);

    await expect(waiting).rejects.toBe(reason);
  });
});

describe('who follows the events of a task', () => {
  it('is told nothing where the signal has aborted before', async () => {
    const task = await submitted();
    expect(await Array.fromAsync(task.events({ signal: AbortSignal.abort() }))).toEqual([]);
  });
});
