/** How long the protocol waits. */
export interface JournalSettings {
  /** After which an undecided transaction that stands in the way is taken for dead. Default 1,000. */
  readonly patienceMs: number;
  /** How long a commit tries against others before it answers a conflict. Default 10,000. */
  readonly contentionMs: number;
  /** Between two looks for what dead clients have left behind. Default 10,000. */
  readonly sweepMs: number;
  /** After which what is left behind is cleared away. Default 60,000. */
  readonly graceMs: number;
  /**
   * How long a deleted document leaves a tombstone. Longer than any request can be on its way: a creation that arrives
   * after it would bring the document back. Default 120,000.
   */
  readonly tombstoneMs: number;
  /**
   * How long a new index of fields that were in none waits for those who already write to the collection. Default
   * 30,000.
   */
  readonly noticeMs: number;
}

export const defaultJournalSettings: JournalSettings = {
  patienceMs: 1_000,
  contentionMs: 10_000,
  sweepMs: 10_000,
  graceMs: 60_000,
  tombstoneMs: 120_000,
  noticeMs: 30_000,
};
