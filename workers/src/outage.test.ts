import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { ConnectionError, systemRuntime } from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { expect, it } from 'vitest';
import { openWorld, until } from './world.fixture.ts';

/** Is out of reach as long as it is told to be, and counts who tried. */
class Distant extends MemoryStore {
  isDown = false;
  tries = 0;

  override async find(...given: Parameters<MemoryStore['find']>): ReturnType<MemoryStore['find']> {
    this.#reach();
    return super.find(...given);
  }

  override async commit(...given: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
    this.#reach();
    return super.commit(...given);
  }

  #reach(): void {
    this.tries++;
    if (this.isDown) throw new ConnectionError('out of reach');
  }
}

it.each([
  ['a heartbeat', { failed: 'worker.heartbeat-failed', recovered: 'worker.heartbeat-recovered' }, {}],
  ['a sweep', { failed: 'sweep.failed', recovered: 'sweep.recovered' }, { sweep: 'reap' }],
])('%s that fails is told at once, then every 30 s, and when it works again', async (_, events, facts) => {
  const told: unknown[] = [];
  const store = new Distant();
  let skippedMs = 0;
  const { work } = await openWorld(
    { handlers: [] },
    {
      ports: { store, broker: new MemoryBroker(), channel: new MemoryChannel() },
      settings: { leaseMs: 30, sweepMs: 10 },
      runtime: { ...systemRuntime(), monotonic: () => performance.now() + skippedMs },
      log: (level, event, fields) => {
        const isOfThis = Object.entries(facts).every(([name, value]) => fields[name] === value);
        if (isOfThis && Object.values(events).includes(event)) told.push([level, event, fields]);
      },
    },
  );
  const manyTries = (): Promise<void> => {
    const { tries } = store;
    return until(() => store.tries > tries + 50);
  };
  await work();
  const failure = { ...facts, code: 'WB_CONNECTION', message: 'out of reach' };

  store.isDown = true;
  await manyTries();
  expect(told).toEqual([['warn', events.failed, { ...failure, failures: 1 }]]);
  skippedMs += 30_000;
  await until(() => told.length > 1);
  await manyTries();
  expect(told.slice(1)).toEqual([['warn', events.failed, { ...failure, failures: expect.any(Number) }]]);
  store.isDown = false;
  await until(() => told.length > 2);
  await manyTries();
  expect(told.slice(2)).toEqual([['warn', events.recovered, { ...facts, failures: expect.any(Number) }]]);
  store.isDown = true;
  await until(() => told.length > 3);
  expect(told[3]).toEqual(['warn', events.failed, { ...failure, failures: 1 }]);
});
