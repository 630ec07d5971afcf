import { setTimeout as pause } from 'node:timers/promises';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { defineHandler } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

/** As a server answers: while one commit is on its way, others are made. */
class DistantStore extends MemoryStore {
  override async commit(...given: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
    await pause(3);
    return super.commit(...given);
  }
}

it('a delayed task runs when it is due, however much is submitted and worked off meanwhile', async () => {
  let [ranAt, others] = [Number.POSITIVE_INFINITY, 0];
  const late = defineHandler({
    topic: 'late',
    input: z.object({}),
    run: () => {
      ranAt = Date.now();
    },
  });
  const other = defineHandler({ topic: 'other', input: z.object({}), run: () => void others++ });
  const ports = { store: new DistantStore(), broker: new MemoryBroker(), channel: new MemoryChannel() };
  const { waybill, work } = await openWorld({ handlers: [late, other] }, { ports });
  await work({ slots: { normal: 32 } });

  const end = performance.now() + 1_500;
  const submitting = Array.from({ length: 32 }, async () => {
    while (performance.now() < end) await waybill.submit(other, {});
  });
  await pause(50); // by now a commit follows the other
  const dueAt = Date.now() + 200;
  await waybill.submit(late, {}, { dueAt });
  await Promise.all(submitting);

  expect(others).toBeGreaterThan(500);
  expect(ranAt - dueAt).toBeLessThan(1_000);
});
