import { defineHandler, type Json } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const limits = { bytes: 1_000, depth: 32, keys: 10_000 };
const large = 'x'.repeat(1_001);

describe('the limit of bytes', () => {
  it('holds for the fields of a log line', async () => {
    const chatty = defineHandler({
      topic: 'chatty',
      input: nothing,
      run: (_, work) => work.log.info('look', { large }),
    });
    const { waybill, work } = await openWorld({ handlers: [chatty] }, { settings: { limits } });
    await work();

    const task = await waybill.submit(chatty, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow(/fields of a log line is \d+ bytes/);
  });

  it('holds for lines that wait to be written, all together', async () => {
    const chatty = defineHandler({
      topic: 'chatty',
      input: nothing,
      run(_, work) {
        for (let n = 0; n < 100; n++) work.log.info(`line ${n}`, { text: 'x'.repeat(900) });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [chatty] }, { settings: { limits } });
    await work();

    const task = await waybill.submit(chatty, {});
    await task.result({ timeoutMs: 2_000 });
    const lines = [];
    for await (const line of waybill.logs(task.id)) lines.push(line);
    expect(JSON.stringify(lines).length).toBeLessThan(10 * limits.bytes);
    expect(lines[0]?.message).toBe('line 0');
    expect(lines.at(-1)?.message).toMatch(/^\d\d lines came too fast and were dropped$/);
  });

  it('holds for requests and for their answers', async () => {
    const { waybill } = await openWorld({}, { settings: { limits } });
    const stop = new AbortController();
    const heard: Json[] = [];
    const answering = waybill.answer('agent', stop.signal, ({ body }) => {
      heard.push(body);
      return large;
    });
    const ask = (body: Json) => waybill.request('agent', body, { timeoutMs: 2_000 });

    await expect(ask(large)).rejects.toMatchObject({ code: 'WB_PAYLOAD' });
    await expect(ask('small')).rejects.toThrow(/WB_PAYLOAD.* bytes/);
    expect(heard).toEqual(['small']);
    stop.abort();
    await answering;
  });
});

describe('text that is cut', () => {
  const failing = defineHandler({
    topic: 'failing',
    input: z.object({ length: z.number() }),
    run({ length }, work) {
      const message = `${'x'.repeat(length)}\u{1f600}${'y'.repeat(10_000)}`;
      work.log.warn(message);
      work.progress(0.5, message);
      const error = new Error(message);
      error.name = `${'N'.repeat(length)}\u{1f600}\ud800`;
      throw error;
    },
  });

  it('stays text: a store keeps no half of a surrogate pair', async () => {
    const { waybill, work } = await openWorld(
      { handlers: [failing] },
      { settings: { retry: { attempts: 1, minDelayMs: 1, maxDelayMs: 1 } } },
    );
    await work();
    // Where each of the limits, and the ellipsis, would fall into the pair.
    for (const length of [99, 98, 1_999, 1_998, 3_999, 3_998, 8_191, 8_190]) {
      const task = await waybill.submit(failing, { length });
      await until(async () => (await task.status()) === 'failed');
      const record = await waybill.deadLetters.get(task.id);
      expect(JSON.stringify(record)).not.toMatch(/\\ud[89a-f]/);
    }
  });
});
