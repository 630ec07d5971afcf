/** Draws from one seed: the same seed and label give the same numbers on every machine (sfc32, PractRand). */
export class Random {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, label = '') {
    this.#seed = seed;
    const mix = mixer(seed, label);
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
  }

  /** 0 inclusive to 1 exclusive. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** Draws of its own that do not disturb these. */
  fork(label: string): Random {
    return new Random(this.#seed, label);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Each power of ten between the ends is as likely as another. */
  scale(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.next() * from.length)] ?? from[0];
  }

  /** The waits of a Poisson process. */
  wait(meanMs: number): number {
    return -Math.log(1 - this.next()) * meanMs;
  }
}

/** Spreads seed and label over 32-bit words (FNV-1a, then the finaliser of MurmurHash3). */
const mixer = (seed: number, label: string): (() => number) => {
  let state = 0x811c9dc5 ^ seed ^ Math.floor(seed / 0x1_0000_0000);
  for (let i = 0; i < label.length; i++) state = Math.imul(state ^ label.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return word ^ (word >>> 16);
  };
};
