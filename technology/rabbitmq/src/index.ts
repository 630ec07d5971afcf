/** What the RabbitMQ adapters share: a connection that comes back, publishing with confirms, a look at the server. */
export type { Outgoing } from './batch.ts';
export type { QueueDeclaration } from './declaration.ts';
export { inspectOptions, isAtLeast, refuseOld } from './inspect-server.ts';
export { type Consumer, OnLoan } from './on-loan.ts';
export { type ConnectionOptions, connectionOptions } from './options.ts';
export { Publisher } from './publisher.ts';
export { type Arrival, RabbitChannel } from './rabbit-channel.ts';
export { RabbitConnection } from './rabbit-connection.ts';
export type { Session } from './session.ts';
