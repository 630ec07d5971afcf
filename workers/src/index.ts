export { type Outcome } from './attempt.ts';
export { documentTasks } from './document-tasks.ts';
export { inlineExecutor } from './inline-executor.ts';
export { startWorker } from './start-worker.ts';
export { transactionalManager } from './transactional-manager.ts';
export { Worker, type WorkerOptions } from './worker.ts';
