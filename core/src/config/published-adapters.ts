import type { PortName } from '../adapter.ts';

/**
 * The technologies there are packages for, by port: what an error offers where an adapter is not installed.
 * Nothing else depends on this list.
 */
export const publishedAdapters: { readonly [P in PortName]: readonly string[] } = {
  broker: ['memory', 'sqlite', 'redis', 'rabbitmq', 'kafka'],
  channel: ['memory', 'sqlite', 'redis', 'rabbitmq', 'kafka'],
  store: ['memory', 'sqlite', 'redis', 'mongodb'],
};
