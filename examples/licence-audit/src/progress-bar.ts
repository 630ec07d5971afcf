/** What the bar needs of `process.stderr`. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const width = 40;

/** On a terminal one line that fills up; anywhere else a plain line for every tenth of the work. */
export class ProgressBar {
  readonly #screen: Screen;
  #shown = '';
  #tenth = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(done: number, total: number): void {
    const part = total === 0 ? 1 : done / total;
    const count = `${String(done).padStart(String(total).length)} of ${total} packages`;
    if (this.#screen.isTTY !== true) return this.#print(part, count);
    const full = Math.round(part * width);
    const bar = `  [${'#'.repeat(full)}${'-'.repeat(width - full)}] ${count}`;
    if (bar === this.#shown) return;
    this.#screen.write(`\r${bar}`);
    this.#shown = bar;
  }

  /** Makes room for other lines; the next `show` draws the bar again below them. */
  clear(): void {
    if (this.#shown !== '') this.#screen.write(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
  }

  #print(part: number, count: string): void {
    const tenth = Math.floor(part * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.#screen.write(`  ${count}\n`);
  }
}
