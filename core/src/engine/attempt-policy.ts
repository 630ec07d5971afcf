import type { TaskType } from '../handler.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import type { EngineSettings } from './settings.ts';
import type { TaskRecord } from './task-record.ts';

/** The policy of one task: the deployment's defaults, the handler's word over them, its attempts as submitted. */
export const policyOf = (
  record: TaskRecord,
  type: Pick<TaskType, 'retry'> | undefined,
  settings: EngineSettings,
): RetryPolicy => ({ ...settings.retry, ...type?.retry, attempts: record.attempts });
