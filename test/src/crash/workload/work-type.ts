import { defineTaskType } from '@waybill/core';
import { objects } from './collections.ts';
import type { Plan } from './plan.ts';

export const workType = defineTaskType({
  topic: 'crash.work',
  input: objects<Plan>(),
  output: objects<{ readonly count: number }>(),
});
