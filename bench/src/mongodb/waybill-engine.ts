import { randomUUID } from 'node:crypto';
import { MemoryBroker } from '@waybill/broker-memory';
import { MemoryChannel } from '@waybill/channel-memory';
import { openMongodbStore } from '@waybill/store-mongodb';
import type { Contender } from '../contender.ts';
import { openWaybill } from '../waybill.ts';
import { dropDatabase, serverUrl } from './server.ts';

/** Everything on. Its broker and channel are in memory, as the peer's notifications are: both keep all in MongoDB. */
export const openWaybillEngine = async (): Promise<Contender> => {
  const database = randomUUID();
  const contender = await openWaybill({
    store: await openMongodbStore({ url: serverUrl(), database, requestMs: 30_000 }),
    broker: new MemoryBroker(),
    channel: new MemoryChannel(),
  });
  const close = contender.close.bind(contender);
  contender.close = async () => {
    await close();
    await dropDatabase(database);
  };
  return contender;
};
