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
export * from './agent.ts';
export * from './alarm.ts';
export * from './backlog.ts';
export * from './bag.ts';
export * from './bind-port.ts';
export * from './broker.ts';
export * from './channel.ts';
export * from './coalescer.ts';
export * from './delivery.ts';
export * from './end-of-turn.ts';
export * from './errors.ts';
export * from './fifo.ts';
export * from './json.ts';
export * from './lifecycle.ts';
export * from './loan.ts';
export { pause } from './real-time.ts';
export * from './runtime.ts';
export * from './sleepers.ts';
export * from './store.ts';
export * from './system-runtime.ts';
export * from './contract/check-collection-spec.ts';
export * from './contract/check-demand.ts';
export { checkJson } from './contract/check-json.ts';
export * from './contract/check-key.ts';
export * from './contract/check-message.ts';
export * from './contract/check-query.ts';
export * from './contract/check-queue.ts';
export * from './contract/check-subscription.ts';
export * from './contract/check-ticket.ts';
export * from './contract/check-transaction.ts';
export { copyFields, copyJson, copyPatch, withoutAbsent } from './contract/copy-json.ts';
export * from './contract/cursor.ts';
export { isIndexValue } from './contract/index-value.ts';
export * from './contract/key-name.ts';
export * from './contract/pick-fields.ts';
export * from './contract/same-index.ts';
export * from './contract/same-key.ts';
export * from './contract/set-field.ts';
export { type SubjectPattern, subjectPattern } from './contract/subject-pattern.ts';
export * from './contract/undeclared.ts';
export * from './collection.ts';
export * from './effect.ts';
export * from './handler.ts';
export * from './handler-error.ts';
export * from './manager.ts';
export type { SubscribeOptions, TypedMessage } from './messages.ts';
export * from './plugin.ts';
export * from './retry-policy.ts';
export * from './schema.ts';
export * from './subject.ts';
export * from './submit-options.ts';
export * from './unit-of-work.ts';
export * from './create-waybill.ts';
export * from './dead-letters.ts';
export * from './documents.ts';
export { policyOf } from './engine/attempt-policy.ts';
export { claimTask, lookAgain, postponeTask, releaseTask, renewLeases } from './engine/claims.ts';
export { type Classified, classify } from './engine/classify-error.ts';
export { commitUnit } from './engine/decision.ts';
export { Dispatcher } from './engine/dispatcher.ts';
export { type Engine, type EngineOptions, openEngine } from './engine/engine.ts';
export type { EngineContext, EngineLog } from './engine/engine-context.ts';
export type { Lease } from './engine/lease.ts';
export type { CancelAnswer, RetryAnswer } from './engine/operator.ts';
export { parseBy, parseJson } from './engine/payload.ts';
export { type RefusedMessage, refusedMessages } from './engine/outbox.ts';
export { type PointName, type Points, noPoints, pointNames } from './engine/points.ts';
export { reapExpired } from './engine/reaper.ts';
export { Reports } from './engine/reports.ts';
export { removeExpired } from './engine/retention.ts';
export { type Ending, failAttempt, rollBack } from './engine/rollback.ts';
export { defaultSettings, type EngineSettings, type PayloadLimits } from './engine/settings.ts';
export type { TaskFilter, TaskPage } from './engine/task-list.ts';
export type { LogLine } from './engine/task-logs.ts';
export { attemptOf, type Failure, isOver, type JournalEntry, type TaskRecord } from './engine/task-record.ts';
export { statusOf, type TaskStatus, taskStatuses } from './engine/task-status.ts';
export { faultOf } from './engine/fault-of.ts';
export { Unit } from './engine/unit.ts';
export { forgetWorkers, removeWorker, type WorkerRecord, writeWorker } from './engine/worker-records.ts';
export * from './index-order.ts';
export * from './queues.ts';
export * from './task-event.ts';
export * from './task-handle.ts';
export * from './waybill.ts';
export type { AdapterChoice } from './config/adapter-choice.ts';
export type { Assigned, Layer } from './config/assignments.ts';
export { checkHealth, type Health, type HealthState, type PortHealth } from './config/check-health.ts';
export { describeProblems } from './config/config-error.ts';
export type { ConfigProblem } from './config/config-problem.ts';
export { defineConfig } from './config/define-config.ts';
export { didYouMean } from './config/did-you-mean.ts';
export { parseDuration } from './config/duration.ts';
export { type ExplainedKey, explainConfig } from './config/explain-config.ts';
export { findAdapter, type FoundAdapter } from './config/find-adapter.ts';
export { type Capabilities, checkGuarantees, type Guarantee, type Guarantees } from './config/guarantees.ts';
export { type Inspections, inspectAdapters } from './config/inspect-adapters.ts';
export { installedAdapters } from './config/installed-adapters.ts';
export { type LoadedConfig, type LoadOptions, loadConfig } from './config/load-config.ts';
export { loadPlugins } from './config/load-plugins.ts';
export { describeOrigin, type Origin } from './config/origin.ts';
export { publishedAdapters } from './config/published-adapters.ts';
export { hideSecrets, redactedValue, redactUrl } from './config/redact.ts';
export { type EnvReference, env, type SecretReference, secret } from './config/references.ts';
export { type Config, type ConfigInput, configSchema } from './config/schema.ts';
export { type SchemaKey, schemaKeys } from './config/schema-keys.ts';
export { type Composition, createContainer, type Parts } from './container.ts';
