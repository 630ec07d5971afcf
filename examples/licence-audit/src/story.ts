import { ProgressBar, type Screen } from './progress-bar.ts';

/** What the audit tells while it runs: lines on one stream, and the bar, which gives way to them, on another. */
export class Story {
  readonly #page: Screen;
  readonly #bar: ProgressBar;
  readonly #begunAt = performance.now();

  constructor(page: Screen, screen: Screen) {
    this.#page = page;
    this.#bar = new ProgressBar(screen);
  }

  say(...lines: readonly string[]): void {
    this.#bar.clear();
    for (const line of lines) this.#page.write(`${line}\n`);
  }

  /** Something that happened, with when it did. */
  tell(event: string): void {
    this.say(`  ${seconds(performance.now() - this.#begunAt).padStart(7)}  ${event}`);
  }

  progress(done: number, total: number): void {
    this.#bar.show(done, total);
  }

  endProgress(): void {
    this.#bar.clear();
  }

  get elapsed(): string {
    return seconds(performance.now() - this.#begunAt);
  }
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
