import { defineTaskType, type JsonObject } from '@waybill/core';
import { objects } from './collections.ts';

const input = objects<JsonObject>();

/** Three kinds of topic that differ in patience. */
export const taskTypes = {
  plain: defineTaskType({ topic: 'sim.plain', input, retry: { attempts: 3 } }),
  patient: defineTaskType({
    topic: 'sim.patient',
    input,
    retry: { attempts: 5, minDelayMs: 20 },
    queue: 'batch',
  }),
  hasty: defineTaskType({
    topic: 'sim.hasty',
    input,
    retry: { attempts: 2 },
    timeoutMs: 700,
    queue: 'critical',
  }),
} as const;

export type Topic = keyof typeof taskTypes;
export const topics = ['plain', 'patient', 'hasty'] as const satisfies readonly Topic[];
