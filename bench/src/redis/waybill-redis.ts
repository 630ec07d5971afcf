import { openRedisBroker } from '@waybill/broker-redis';
import { openRedisChannel } from '@waybill/channel-redis';
import { openRedisStore } from '@waybill/store-redis';
import type { Contender } from '../contender.ts';
import { openWaybill } from '../waybill.ts';

export const openWaybillRedis = async (url: string): Promise<Contender> =>
  openWaybill({
    store: await openRedisStore({ url }),
    broker: await openRedisBroker({ url }),
    channel: await openRedisChannel({ url }),
  });

/** The same with one document in every commit, whatever the scenario wants. */
export const openWaybillRedisWithDocument = async (url: string): Promise<Contender> => {
  const contender = await openWaybillRedis(url);
  const { startWorkers } = contender;
  contender.startWorkers = (options) => startWorkers?.({ ...options, document: true });
  return contender;
};
