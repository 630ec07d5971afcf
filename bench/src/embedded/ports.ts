import { join } from 'node:path';
import type { Ports } from '@waybill/core';

export const memoryPorts = async (): Promise<Ports> => {
  const [{ MemoryStore }, { MemoryBroker }, { MemoryChannel }] = await Promise.all([
    import('@waybill/store-memory'),
    import('@waybill/broker-memory'),
    import('@waybill/channel-memory'),
  ]);
  return { store: new MemoryStore(), broker: new MemoryBroker(), channel: new MemoryChannel() };
};

export const sqlitePorts = async (folder: string, synchronous: 'full' | 'normal'): Promise<Ports> => {
  const [{ openSqliteStore }, { openSqliteBroker }, { openSqliteChannel }] = await Promise.all([
    import('@waybill/store-sqlite'),
    import('@waybill/broker-sqlite'),
    import('@waybill/channel-sqlite'),
  ]);
  const file = join(folder, 'waybill.db');
  return {
    store: await openSqliteStore({ file, synchronous }),
    broker: await openSqliteBroker({ file }),
    channel: await openSqliteChannel({ file }),
  };
};
