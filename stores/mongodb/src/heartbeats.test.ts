import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Heartbeats } from './heartbeats.ts';

const options = { connectTimeoutMS: 1_000, heartbeatFrequencyMS: 10_000 };
const one = { connectionId: 'one:27017', awaited: false };
const other = { connectionId: 'other:27017', awaited: true };

const watched = (): { readonly client: EventEmitter; readonly heartbeats: Heartbeats } => {
  const client = Object.assign(new EventEmitter(), { options });
  // Of a client it needs the events and two options.
  return {
    client,
    heartbeats: new Heartbeats(client as unknown as ConstructorParameters<typeof Heartbeats>[0]),
  };
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('goes on while each heartbeat ends, well or badly', () => {
  const { client, heartbeats } = watched();
  for (const end of ['serverHeartbeatSucceeded', 'serverHeartbeatFailed', 'serverHeartbeatSucceeded']) {
    client.emit('serverHeartbeatStarted', one);
    vi.advanceTimersByTime(1_900);
    client.emit(end, one);
    vi.advanceTimersByTime(10_000);
    expect(heartbeats.haveStopped).toBe(false);
  }
});

it('has stopped when one takes twice its time, whatever other servers do', () => {
  const { client, heartbeats } = watched();
  client.emit('serverHeartbeatStarted', one);
  client.emit('serverHeartbeatStarted', other);
  client.emit('serverHeartbeatSucceeded', other);
  vi.advanceTimersByTime(2_000);
  expect(heartbeats.haveStopped).toBe(false);
  vi.advanceTimersByTime(1);
  expect(heartbeats.haveStopped).toBe(true);
});

it('waits for a server that answers when there is news, for as long as that may take', () => {
  const { client, heartbeats } = watched();
  client.emit('serverHeartbeatStarted', other);
  vi.advanceTimersByTime(12_000);
  expect(heartbeats.haveStopped).toBe(false);
  vi.advanceTimersByTime(1);
  expect(heartbeats.haveStopped).toBe(true);
});

it('does not wait for a server that has left', () => {
  const { client, heartbeats } = watched();
  client.emit('serverHeartbeatStarted', one);
  client.emit('serverClosed', { address: one.connectionId });
  vi.advanceTimersByTime(60_000);
  expect(heartbeats.haveStopped).toBe(false);
});
