import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteBroker } from '@waybill/broker-sqlite';
import { openSqliteChannel } from '@waybill/channel-sqlite';
import type { Ports } from '@waybill/core';
import { openSqliteStore } from '@waybill/store-sqlite';

export const stores = ['memory', 'sqlite'] as const;

/** Ports other than the world's own, and how to remove what is left of them. */
export const openPorts = async (
  technology: (typeof stores)[number],
): Promise<{ readonly ports: Partial<Ports>; remove(): Promise<void> }> => {
  if (technology === 'memory') return { ports: {}, remove: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'waybill-hostile-'));
  const options = { file: join(folder, 'waybill.db'), synchronous: 'normal' } as const;
  const [store, broker, channel] = await Promise.all([
    openSqliteStore(options),
    openSqliteBroker(options),
    openSqliteChannel(options),
  ]);
  return { ports: { store, broker, channel }, remove: () => rm(folder, { recursive: true }) };
};
