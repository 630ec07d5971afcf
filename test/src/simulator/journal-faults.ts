import type { JournalSettings } from '@waybill/journaled';
import type { FaultKind } from './fault-profile.ts';
import type { Random } from './random.ts';

/** What goes wrong inside the journaled protocol in one schedule, besides what goes wrong anywhere. */
export interface JournalFaults {
  /** What one call asks for arrives at different instants. */
  readonly scattered: boolean;
  /** How long a call lingers on its way, at most: what one transaction does, others do meanwhile. */
  readonly lingerMs: number;
  /** The probability that a process dies at a write of the protocol. */
  readonly commitCrash: number;
  isOver(): boolean;
}

export const drawJournalFaults = (
  random: Random,
  { kind, isOver }: { readonly kind: FaultKind; isOver(): boolean },
): JournalFaults => ({
  scattered: random.chance(0.5),
  lingerMs: kind === 'many' && random.chance(0.4) ? random.scale(2, 200) : 0,
  commitCrash: kind !== 'none' && random.chance(0.6) ? random.scale(0.001, 0.05) : 0,
  isOver,
});

/** Shorter than in production, so that a schedule is short as well. */
export const drawJournalSettings = (random: Random): JournalSettings => ({
  patienceMs: random.scale(5, 500),
  contentionMs: random.scale(500, 5_000),
  sweepMs: random.scale(50, 2_000),
  graceMs: random.scale(400, 20_000),
  tombstoneMs: random.scale(10_000, 20_000),
  noticeMs: random.scale(50, 2_000),
});
