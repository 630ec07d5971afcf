/**
 * Waybill's words.
 *
 * Task: a unit of work with a topic, an input and a result; it happens completely or not at all.
 * Queue: one of the three classes of urgency: critical, normal, batch.
 * Ticket: a wake-up in a broker that says "look at this task".
 * Lease: the exclusive, expiring right to work a task; it lives in the store. Epoch and nonce are its fence.
 * Attempt: one run of one task, counted from 1.
 * Document, collection, version: a stored value, its kind, its optimistic lock.
 * Message, subject: a fact told to many, and its address.
 * Delivery: a ticket or a message on loan; everything on loan ends by commit or rollback.
 * Effect, undo: an action outside the store, journaled before it happens, and its reversal.
 * Worker → manager → handler: the process, the owner of topics, the code of one topic.
 * Adapter: one technology behind a port (TaskBroker, MessageChannel, DocumentStore); it declares capabilities.
 */
export * from './adapter.ts';
export * from './bind-port.ts';
export * from './broker.ts';
export * from './channel.ts';
export * from './coalescer.ts';
export * from './delivery.ts';
export * from './errors.ts';
export * from './json.ts';
export * from './lifecycle.ts';
export * from './loan.ts';
export * from './runtime.ts';
export * from './store.ts';
export * from './system-runtime.ts';
export * from './collection.ts';
export * from './effect.ts';
export * from './handler.ts';
export * from './handler-error.ts';
export * from './manager.ts';
export * from './plugin.ts';
export * from './retry-policy.ts';
export * from './schema.ts';
export * from './subject.ts';
export * from './submit-options.ts';
export * from './unit-of-work.ts';
