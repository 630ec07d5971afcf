import { expect, test } from 'vitest';
import type { Finding, Inspection } from '../adapter.ts';
import { ConnectionError } from '../errors.ts';
import { checkHealth } from './check-health.ts';

const blocked: Finding = { level: 'warn', code: 'WB_FULL', message: 'it is full', fix: 'make room' };
const fine = { inspect: async (): Promise<Inspection> => ({ server: 'Fake 1.0', findings: [] }) };
const full = { inspect: async (): Promise<Inspection> => ({ server: 'Fake 1.0', findings: [blocked] }) };
const away = { inspect: () => Promise.reject(new ConnectionError('nothing listens there')) };
const silent = { inspect: () => new Promise<never>(() => undefined) };

test('a deployment is ok while all of its backends are', async () => {
  const { state, ports } = await checkHealth({ broker: fine, channel: fine, store: fine });
  expect(state).toBe('ok');
  expect(ports.store).toEqual({ state: 'ok', server: 'Fake 1.0', findings: [] });
});

test('what is wrong with one that answers degrades it, and says how to mend it', async () => {
  const { state, ports } = await checkHealth({ broker: full, channel: fine, store: fine });
  expect(state).toBe('degraded');
  expect(ports.broker.findings).toEqual([blocked]);
});

test('one that cannot be reached is down, and why is said', async () => {
  const { state, ports } = await checkHealth({ broker: full, channel: away, store: fine });
  expect(state).toBe('down');
  expect(ports.channel.problem).toBe('nothing listens there');
  expect(ports.broker.state).toBe('degraded');
});

test('one that does not answer is down in time', async () => {
  const { ports } = await checkHealth({ broker: fine, channel: fine, store: silent }, { withinMs: 20 });
  expect(ports.store).toMatchObject({ state: 'down', problem: 'it has not answered within 20 ms' });
});

test('an adapter that fails otherwise is down, and its message is not repeated', async () => {
  const failing = { inspect: () => Promise.reject(new Error('amqp://user:password@host')) };
  const { ports } = await checkHealth({ broker: failing, channel: fine, store: fine });
  expect(ports.broker).toMatchObject({ state: 'down', problem: 'the adapter failed' });
});
