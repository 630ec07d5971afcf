import type { PortName } from './adapter.ts';
import type { TaskBroker } from './broker.ts';
import type { MessageChannel } from './channel.ts';
import { ConnectionError } from './errors.ts';

const refuse = (port: PortName): Promise<never> =>
  Promise.reject(new ConnectionError(`the ${port} was not opened, as nothing here should need it`));

/** In the place of a broker that a tool does not need. Declares everything: it must not be what a guarantee fails by. */
export const unopenedBroker: TaskBroker = {
  capabilities: { durability: 'disk', shared: true, ordered: true, rank: true, redelivery: true },
  enqueue: () => refuse('broker'),
  acquire: () => refuse('broker'),
  depth: () => refuse('broker'),
  clear: () => refuse('broker'),
  close: async () => undefined,
};

/** In the place of a channel that a tool does not need. */
export const unopenedChannel: MessageChannel = {
  capabilities: { durability: 'disk', shared: true, replay: true, redelivery: true },
  publish: () => refuse('channel'),
  subscribe: () => ({ [Symbol.asyncIterator]: () => ({ next: () => refuse('channel') }) }),
  close: async () => undefined,
};
