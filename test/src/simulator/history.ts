import type { CancelAnswer, Fields, Key } from '@waybill/core';

/** One document before and after a committed transaction; `undefined` where it is not there. */
export interface Change {
  readonly key: Key;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

/**
 * What has happened, as those saw it who decide it: the store's commits in the order in which they were applied,
 * what the agent and the channel were asked, what clients were answered. The checks read nothing else.
 */
export type Entry =
  | { readonly kind: 'commit'; readonly at: number; readonly by: string; readonly changes: readonly Change[] }
  | EffectEntry
  | { readonly kind: 'message'; readonly at: number; readonly by: string; readonly id: string }
  | SubmitEntry
  | { readonly kind: 'submit-unknown'; readonly at: number; readonly label: string }
  | { readonly kind: 'cancel'; readonly at: number; readonly taskId: string; readonly answer: CancelAnswer }
  | {
      readonly kind: 'twins';
      readonly at: number;
      readonly name: string;
      readonly tags: readonly (string | undefined)[];
    }
  | { readonly kind: 'result'; readonly at: number; readonly taskId: string; readonly answer: string }
  | { readonly kind: 'life'; readonly at: number; readonly by: string; readonly what: 'begins' | 'ends' }
  | {
      readonly kind: 'knows';
      readonly at: number;
      readonly by: string;
      readonly topics: readonly string[];
      readonly effects: readonly string[];
    }
  | EventsEntry
  | {
      readonly kind: 'touch';
      readonly at: number;
      readonly token: string;
      readonly document: string;
      /** The tag it expects, or whoever has written the version that it expects. */
      readonly expects: string;
      readonly by: 'version' | 'fields';
    }
  | {
      readonly kind: 'touched';
      readonly at: number;
      readonly token: string;
      readonly answer: 'committed' | 'conflict';
    }
  | { readonly kind: 'violation'; readonly at: number; readonly what: string };

export interface EffectEntry {
  readonly kind: 'effect';
  readonly at: number;
  /** The process that asked, possibly long dead when the request arrives. */
  readonly by: string;
  readonly verb: 'do' | 'undo';
  /** The idempotency key. */
  readonly key: string;
  readonly taskId: string;
  /** `done`: now. `again`: was done already. `undone`: taken back. `nothing`: a tombstone. `refused`: one was there. */
  readonly answer: 'done' | 'again' | 'undone' | 'nothing' | 'refused';
  /** Whether the journal in the store named this effect when the request arrived. */
  readonly journaled: boolean;
  /** Whether the process that asked held the task in mode `run` at that moment. */
  readonly byHolder: boolean;
}

/** What a client was told that had asked for the events of a task until its end. */
export interface EventsEntry {
  readonly kind: 'events';
  readonly at: number;
  readonly taskId: string;
  readonly seqs: readonly number[];
  readonly last: string | undefined;
  /** What it was told when it asked again, after the end. */
  readonly fresh: readonly number[];
}

export interface SubmitEntry {
  readonly kind: 'submitted';
  readonly at: number;
  readonly label: string;
  readonly taskId: string;
  readonly outcome: 'created' | 'existing';
}
