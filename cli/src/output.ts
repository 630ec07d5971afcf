import { styleText } from 'node:util';
import { cutToWidth } from './display-width.ts';
import { printable, printableJson, printableLine } from './printable.ts';
import { type Part, type Style, textOf } from './styled.ts';
import type { Sink, Surroundings } from './surroundings.ts';
import { type Column, table } from './table.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/**
 * What a command says: data on stdout, everything else on stderr. Text from outside is made safe for terminals
 * here, so that no command can forget it.
 */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  readonly #stdout: Sink;
  readonly #stderr: Sink;
  readonly #colors: { readonly stdout: boolean; readonly stderr: boolean };
  #status = '';

  constructor({ stdout, stderr, env }: Surroundings, { json, quiet, color }: OutputOptions) {
    this.json = json;
    this.#quiet = quiet;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#colors = {
      stdout: color && wantsColor(stdout, env),
      stderr: color && wantsColor(stderr, env),
    };
  }

  /** A line of the answer. */
  data(...parts: readonly Part[]): void {
    this.#write(this.#stdout, render(parts, this.#colors.stdout));
  }

  /** Text of several lines as part of the answer. */
  block(text: string, indent = ''): void {
    for (const line of printable(text).split('\n')) this.data(`${indent}${line}`);
  }

  /** Rows of the answer. Cut to the terminal's width; whole where there is no terminal. */
  table(columns: readonly Column[], rows: readonly (readonly Part[])[]): void {
    const width = this.#stdout.isTTY === true ? widthOf(this.#stdout) : undefined;
    for (const line of table(columns, rows, width)) this.data(...line);
  }

  /** The whole answer of a command under `--json`. */
  document(value: unknown): void {
    this.#write(this.#stdout, printableJson(value, this.#stdout.isTTY === true ? 2 : 0));
  }

  /** One of many answers under `--json`. */
  record(value: unknown): void {
    this.#write(this.#stdout, printableJson(value, 0));
  }

  /** What people want to know beside the answer. */
  note(...parts: readonly Part[]): void {
    if (!this.#quiet) this.problem(...parts);
  }

  /** What comes next. */
  next(...commands: readonly string[]): void {
    for (const command of commands) this.note({ text: `→ ${command}`, style: 'dim' });
  }

  /** What went wrong; said also when quiet. */
  problem(...parts: readonly Part[]): void {
    this.#write(this.#stderr, render(parts, this.#colors.stderr));
  }

  /** An error for programs, on stderr. */
  problemRecord(value: unknown): void {
    this.#write(this.#stderr, printableJson(value, 0));
  }

  /** What goes on now, in a line that the next output replaces. Only on a terminal. */
  status(text: string): void {
    if (this.#quiet || this.json || this.#stderr.isTTY !== true) return;
    const line = cutToWidth(printableLine(text), widthOf(this.#stderr) - 1);
    if (line === this.#status) return;
    this.#stderr.write(`${this.#status === '' ? '' : eraseLine}${line}`);
    this.#status = line;
  }

  #write(sink: Sink, text: string): void {
    if (this.#status !== '') this.#stderr.write(eraseLine);
    this.#status = '';
    sink.write(`${text}\n`);
  }
}

/** A terminal that does not know its width says 0. */
const widthOf = ({ columns = 0 }: Sink): number => (columns > 0 ? columns : 80);

const eraseLine = '\r\u001b[2K';

const render = (parts: readonly Part[], color: boolean): string =>
  parts
    .map((part) => {
      const text = printableLine(textOf(part));
      return color && typeof part !== 'string' ? paint(part.style, text) : text;
    })
    .join('')
    .trimEnd();

/** Whether to color has been decided for each stream; `styleText` is not to decide again for stdout. */
const paint = (style: Style, text: string): string =>
  text === '' ? '' : styleText(style, text, { validateStream: false });

/** https://no-color.org and https://force-color.org; else what is no terminal gets plain text. */
const wantsColor = (sink: Sink, env: Surroundings['env']): boolean => {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return sink.isTTY === true && env['TERM'] !== 'dumb';
};
