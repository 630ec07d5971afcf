const steps = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
  { ms: 1_000, unit: 's' },
] as const;

/** `38 ms`, `2.1 s`, `14 min`, `3 d`: two digits say enough. */
export const durationText = (ms: number): string => {
  const step = steps.find((each) => ms >= each.ms);
  if (step === undefined) return `${Math.max(0, Math.round(ms))} ms`;
  const amount = ms / step.ms;
  return `${amount < 10 ? Math.floor(amount * 10) / 10 : Math.floor(amount)} ${step.unit}`;
};
