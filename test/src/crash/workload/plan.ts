import { parseJson, type TaskRecord } from '@waybill/core';

/** One thing that a task of the workload does. */
export type Step =
  | { readonly do: 'transfer'; readonly from: string; readonly to: string; readonly amount: number }
  | { readonly do: 'twin'; readonly name: string; readonly remove?: boolean }
  | { readonly do: 'spawn'; readonly plan: Plan; readonly delayMs?: number; readonly key?: string }
  | { readonly do: 'publish'; readonly count: number }
  /** `refusals`: how often the agent fails each undo before it does it. */
  | {
      readonly do: 'effect';
      readonly kind: 'repeated' | 'checked' | 'undone-in-doubt';
      readonly refusals?: number;
    }
  /** `once`: not when the task has been claimed before. */
  | { readonly do: 'wait'; readonly ms: number; readonly once?: boolean }
  | { readonly do: 'tell' }
  /** Fails in all attempts up to this one. */
  | { readonly do: 'fail'; readonly until: number; readonly forGood?: boolean };

/** What one task is to do: its input. */
export interface Plan {
  readonly label: string;
  readonly steps: readonly Step[];
}

/** The plan of a task of the workload, as its record has it. */
export const planOf = (record: TaskRecord): Plan => parseJson(record.input) as unknown as Plan; // submitted as one

export const effectsOf = ({ steps }: Plan): number => steps.filter((step) => step.do === 'effect').length;

export const tells = ({ steps }: Plan): boolean => steps.some((step) => step.do === 'tell');
