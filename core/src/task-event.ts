import type { Failure } from './engine/task-record.ts';
import type { LogLine } from './engine/task-logs.ts';

/**
 * What happened to a task, in order. `seq` grows from event to event, with gaps, and means the same to every
 * reader at any time: it is a cursor.
 */
export type TaskEvent =
  | { readonly seq: number; readonly type: 'submitted'; readonly at: number }
  | { readonly seq: number; readonly type: 'started'; readonly at: number; readonly attempt: number }
  | ({ readonly type: 'log' } & LogLine)
  | {
      readonly seq: number;
      readonly type: 'progress';
      readonly at: number;
      readonly fraction: number;
      readonly message?: string;
    }
  | { readonly seq: number; readonly type: 'attempt-failed'; readonly at: number; readonly failure: Failure }
  | { readonly seq: number; readonly type: 'completed' | 'failed' | 'cancelled'; readonly at: number };
