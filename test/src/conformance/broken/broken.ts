/** An adapter that breaks one promise, to prove that the kit notices. */
export interface Broken<Tested> {
  /** What it does wrong: "forgets the last write of a transaction". */
  readonly fault: string;
  /** The cases that must fail on it. The first is the one it was made for. */
  readonly caughtBy: readonly [string, ...string[]];
  /** For one namespace after another: wraps each client of a correct adapter. What clients share lives in here. */
  breaker(): (reference: Tested) => Tested;
}
