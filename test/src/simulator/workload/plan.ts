import type { JsonObject } from '@waybill/core';
import type { Random } from '../random.ts';
import { accountIds } from './collections.ts';
import type { Topic } from './task-types.ts';

/** One thing that a task of the workload does. */
export type Step =
  | { readonly do: 'transfer'; readonly from: string; readonly to: string; readonly amount: number }
  | { readonly do: 'twin'; readonly name: string; readonly remove: boolean }
  | { readonly do: 'append'; readonly list: string; readonly alsoRead: string }
  | { readonly do: 'raise'; readonly pair: string; readonly side: 0 | 1; readonly by: number }
  | { readonly do: 'sit'; readonly room: string }
  | {
      readonly do: 'effects';
      readonly count: number;
      /** Through core's own agent. */
      readonly asks: boolean;
      readonly how: 'in turn' | 'together' | 'caught' | 'loose';
    }
  | { readonly do: 'spawn'; readonly plan: Plan; readonly delayMs: number; readonly key: string | undefined }
  | { readonly do: 'publish'; readonly count: number }
  /** Takes its time, and tells how far it is. */
  | { readonly do: 'toil'; readonly ms: number; readonly heeds: boolean; readonly tells: boolean }
  /** Fails as long as the attempt is not later than this. */
  | { readonly do: 'fail'; readonly until: number; readonly permanent: boolean };

/** What one task is to do: its input. */
export interface Plan {
  readonly label: string;
  readonly topic: Topic;
  readonly steps: readonly Step[];
}

/** A plan as the input of a task; JSON by its making, which the compiler cannot see of unions. */
export const inputOf = (plan: Plan): JsonObject => plan as unknown as JsonObject;

export interface PlanOptions {
  readonly label: string;
  /** Whether core's own agent is there to be asked. */
  readonly hasAgent: boolean;
  /** How many tasks it follows up. Default 0. */
  readonly depth?: number;
}

/** Draws what a task does. Few shared keys and many tasks on them: sparse enough for write skew to show. */
export const drawPlan = (random: Random, { label, hasAgent, depth = 0 }: PlanOptions): Plan => {
  const steps: Step[] = [];
  for (let n = random.whole(1, 4); n > 0; n--)
    steps.push(drawStep(random, { label: `${label}.${n}`, hasAgent, depth }));
  return { label, topic: random.pick(['plain', 'plain', 'patient', 'hasty']), steps };
};

const drawStep = (random: Random, options: Required<PlanOptions>): Step => {
  const draws: readonly [() => Step, ...(() => Step)[]] = [
    () => drawTransfer(random),
    () => ({ do: 'twin', name: random.pick(['x', 'y']), remove: random.chance(0.3) }),
    () => ({ do: 'append', list: random.pick(['l', 'm', 'n']), alsoRead: random.pick(['l', 'm', 'n']) }),
    () => ({ do: 'raise', pair: random.pick(['p', 'q']), side: random.pick([0, 1]), by: random.whole(1, 9) }),
    () => ({ do: 'sit', room: random.pick(['r', 's']) }),
    () => ({
      do: 'effects',
      count: random.whole(1, 3),
      asks: options.hasAgent && random.chance(0.5),
      how: random.pick(['in turn', 'in turn', 'in turn', 'together', 'caught', 'loose']),
    }),
    () => (options.depth > 1 ? drawTransfer(random) : drawSpawn(random, options)),
    () => ({ do: 'publish', count: random.whole(1, 2) }),
    () => ({
      do: 'toil',
      ms: random.scale(5, 4_000),
      heeds: random.chance(0.5),
      tells: random.chance(0.7),
    }),
    () => ({ do: 'fail', until: random.pick([1, 1, 2, 9]), permanent: random.chance(0.2) }),
  ];
  return random.pick(draws)();
};

const drawTransfer = (random: Random): Step => ({
  do: 'transfer',
  from: random.pick(accountIds),
  to: random.pick(accountIds),
  amount: random.whole(1, 20),
});

const drawSpawn = (random: Random, options: Required<PlanOptions>): Step => ({
  do: 'spawn',
  plan: drawPlan(random, { ...options, depth: options.depth + 1 }),
  delayMs: random.chance(0.3) ? random.scale(10, 1_000) : 0,
  key: random.chance(0.3) ? random.pick(['k1', 'k2']) : undefined,
});
