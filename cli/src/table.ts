import { cutToWidth, displayWidth } from './display-width.ts';
import { printableLine } from './printable.ts';
import { bold, type Part, textOf } from './styled.ts';

export interface Column {
  readonly title: string;
  /** Numbers end where the column ends. */
  readonly right?: boolean;
  /** May be cut to fit the terminal; the widest such column gives way first. */
  readonly cut?: boolean;
}

const gap = 2;
const narrowest = 8;

/** Aligned lines under a head. `width`: of the terminal; without it nothing is cut. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  width?: number,
): readonly (readonly Part[])[] => {
  const safe = rows.map((row) => row.map(safePart));
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...safe.map((row) => displayWidth(textOf(row[index] ?? '')))),
  );
  const fitting = width === undefined ? widths : shrink(columns, widths, width);
  const head = columns.map(({ title }) => bold(title));
  return [head, ...safe].map((row) => line(columns, row, fitting));
};

const safePart = (part: Part): Part => {
  const text = printableLine(textOf(part));
  return typeof part === 'string' ? text : { ...part, text };
};

const shrink = (columns: readonly Column[], widths: readonly number[], width: number): readonly number[] => {
  const fitting = [...widths];
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap * (columns.length - 1) - width;
  while (excess > 0) {
    const [widest, next = narrowest] = columns
      .map(({ cut }, index) => (cut === true ? (fitting[index] ?? 0) : 0))
      .toSorted((a, b) => b - a);
    if (widest === undefined || widest <= narrowest) return fitting;
    const index = columns.findIndex(({ cut }, at) => cut === true && fitting[at] === widest);
    const step = Math.min(excess, Math.max(1, widest - Math.max(next, narrowest)));
    fitting[index] = widest - step;
    excess -= step;
  }
  return fitting;
};

const line = (columns: readonly Column[], row: readonly Part[], widths: readonly number[]): readonly Part[] =>
  columns.flatMap(({ right, cut }, index): Part[] => {
    const part = row[index] ?? '';
    const width = widths[index] ?? 0;
    const text = cut === true ? cutToWidth(textOf(part), width) : textOf(part);
    const shown: Part = typeof part === 'string' ? text : { ...part, text };
    const last = index === columns.length - 1;
    const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
    const space = last ? '' : ' '.repeat(gap);
    return right === true ? [padding, shown, space] : [shown, last ? '' : padding, space];
  });
