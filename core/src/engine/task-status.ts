import type { Phase, TaskRecord } from './task-record.ts';

/** A task's status in words for the outside. */
export type TaskStatus = 'available' | 'in-progress' | 'rolling-back' | 'completed' | 'failed' | 'cancelled';

export const taskStatuses: readonly TaskStatus[] = [
  'available',
  'in-progress',
  'rolling-back',
  'completed',
  'failed',
  'cancelled',
];

export const statusOf = ({ phase, mode }: Pick<TaskRecord, 'phase' | 'mode'>): TaskStatus => {
  switch (phase) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      return phase;
    case 'stuck':
      return 'rolling-back';
    case 'held':
      return mode === 'run' ? 'in-progress' : 'rolling-back';
    case 'delayed':
    case 'available':
      return mode === 'run' ? 'available' : 'rolling-back';
  }
};

/** The phases in which a task of this status can be. */
export const phasesOf = (status: TaskStatus): readonly Phase[] => {
  switch (status) {
    case 'available':
      return ['available', 'delayed'];
    case 'in-progress':
      return ['held'];
    case 'rolling-back':
      return ['held', 'available', 'delayed', 'stuck'];
    case 'completed':
    case 'failed':
    case 'cancelled':
      return [status];
  }
};
