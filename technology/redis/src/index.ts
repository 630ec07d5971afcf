/** What the Redis adapters share: a connection that settles every call, scripts, and a look at the server. */
export {
  inspectOptions,
  inspectServer,
  type Keeps,
  refuseUnsafe,
  type ServerInspection,
} from './inspect-server.ts';
export { Instants, isTaken, isTakenLua } from './instants.ts';
export { type ConnectionOptions, connectionOptions, oneWay } from './options.ts';
export { type CallOptions, RedisConnection } from './redis-connection.ts';
export type { Argument, Reply } from './redis-link.ts';
export { Pace } from './pace.ts';
export { no, Reader, yes } from './reader.ts';
export { type ListenerHandlers, RedisListener } from './redis-listener.ts';
export { defineScript, type Script } from './script.ts';
