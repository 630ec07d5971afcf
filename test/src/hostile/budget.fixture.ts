/** How many cases each edge gets, of 100,000 in all. */
export const budget = {
  inputs: 33_000,
  results: 6_000,
  options: 14_000,
  documents: 16_000,
  drafts: 5_000,
  reads: 10_000,
  reports: 4_000,
  messages: 3_000,
  forged: 3_000,
  config: 3_000,
  commandLine: 3_000,
} as const;
