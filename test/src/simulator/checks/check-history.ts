import type { Stored } from '@waybill/core';
import type { FaultKind } from '../fault-profile.ts';
import type { Entry } from '../history.ts';
import { recordOf } from '../records.ts';
import { checkAnswers } from './answers.ts';
import { checkDecisions } from './decisions.ts';
import { checkEffects } from './effects.ts';
import { checkLifecycle } from './lifecycle.ts';
import { checkMessages } from './messages.ts';
import { checkOutages } from './outages.ts';
import { checkQuiet } from './quiet.ts';
import { checkRecovery } from './recovery.ts';
import { checkSerializability } from './serializability.ts';
import { checkTopics } from './topics.ts';
import { checkTouches } from './touches.ts';
import { stepsOf } from './walk.ts';

export interface Circumstances {
  /** Whether everything had come to an end. */
  readonly ended: boolean;
  readonly faults: FaultKind;
  /** For how long a task may be put off by those who do not know its topic. */
  readonly unknownTopicMs: number;
  readonly leaseMs: number;
  /** Within which a lease whose holder has died is to be taken back. */
  readonly recoveryMs: number;
}

/** Every promise that this history breaks, in words. Pure: the same history gives the same answer. */
export const checkHistory = (
  history: readonly Entry[],
  stored: readonly Stored[],
  at: Circumstances,
): string[] => {
  const records = stored.map(({ key, fields }) => recordOf(key.id, fields));
  const steps = stepsOf(history);
  return [
    ...checkLifecycle(steps),
    ...checkTopics(history, steps, at.unknownTopicMs),
    ...checkOutages(steps, at.leaseMs),
    ...checkDecisions(history, steps),
    ...checkSerializability(history, steps),
    ...checkTouches(history),
    ...checkEffects(history, records),
    ...checkMessages(history, at.ended),
    ...(at.ended ? checkAnswers(history, records) : []),
    ...(at.faults === 'none' ? checkQuiet(history, records) : []),
    ...(at.faults === 'many' ? [] : checkRecovery(history, steps, at.recoveryMs)),
  ];
};
