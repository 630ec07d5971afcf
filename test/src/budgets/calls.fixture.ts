import type { Ports } from '@waybill/core';
import { altered } from '../conformance/broken/altered.ts';

const kinds = {
  commits: { store: ['commit'] },
  reads: { store: ['get', 'find'] },
  broker: { broker: ['enqueue', 'acquire', 'depth'] },
  channel: { channel: ['publish'] },
} as const;

/** The same ports, and how often they are called while `work` runs: each call is a round trip where there is a server. */
export const countCalls = (
  ports: Ports,
): {
  readonly ports: Ports;
  measure(work: () => Promise<void>): Promise<Readonly<Record<keyof typeof kinds, number>>>;
} => {
  const counts = { commits: 0, reads: 0, broker: 0, channel: 0 };
  const watched = <P extends object>(port: P, kind: keyof typeof kinds, methods: readonly (keyof P)[]): P => {
    const changes: Partial<P> = {};
    for (const method of methods) {
      const call = port[method] as (...args: unknown[]) => unknown; // all of them are methods
      const counting = (...args: unknown[]): unknown => {
        counts[kind]++;
        return call.apply(port, args);
      };
      changes[method] = counting as P[typeof method]; // the same one, counted
    }
    return altered(port, changes);
  };
  return {
    ports: {
      store: watched(watched(ports.store, 'commits', kinds.commits.store), 'reads', kinds.reads.store),
      broker: watched(ports.broker, 'broker', kinds.broker.broker),
      channel: watched(ports.channel, 'channel', kinds.channel.channel),
    },
    measure: async (work) => {
      const before = { ...counts };
      await work();
      const since = Object.entries(counts).map(([kind, n]) => [kind, n - before[kind as keyof typeof kinds]]); // its own keys
      return Object.fromEntries(since) as Record<keyof typeof kinds, number>; // the same ones
    },
  };
};
