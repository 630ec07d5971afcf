import { expect, it } from 'vitest';
import { cutToWidth, displayWidth } from './display-width.ts';
import { durationText } from './duration-text.ts';
import { shellWord } from './next-commands.ts';
import { Output } from './output.ts';
import { printable, printableJson } from './printable.ts';
import { red, textOf } from './styled.ts';
import { table } from './table.ts';

const lines = (...given: Parameters<typeof table>): string[] =>
  table(...given).map((parts) => parts.map(textOf).join('').trimEnd());

it('columns are aligned, numbers to the right', () => {
  const columns = [{ title: 'NAME' }, { title: 'COUNT', right: true }, { title: 'REST' }];
  expect(
    lines(columns, [
      ['a', '1', 'x'],
      ['bcdefg', '1000', ''],
    ]),
  ).toEqual(['NAME    COUNT  REST', 'a           1  x', 'bcdefg   1000']);
});

it('what may be cut is cut to the width of the terminal, and nothing else is', () => {
  const columns = [{ title: 'ID' }, { title: 'TEXT', cut: true }, { title: 'N', right: true }];
  const row = ['0123456789', 'a long text that does not fit', '7'];
  expect(lines(columns, [row], 30)[1]).toBe('0123456789  a long text th…  7');
  expect(lines(columns, [row])[1]).toContain('does not fit');
  expect(lines(columns, [row], 10)[1]).toBe('0123456789  a long …  7');
});

it('the widest column gives way first', () => {
  const columns = [
    { title: 'A', cut: true },
    { title: 'B', cut: true },
  ];
  const cells = lines(columns, [['x'.repeat(30), 'y'.repeat(12)]], 34)[1] ?? '';
  expect(displayWidth(cells)).toBe(34);
  expect(cells).toContain('y'.repeat(12));
});

it('wide characters take two cells', () => {
  expect(displayWidth('日本')).toBe(4);
  expect(displayWidth('👩‍👩‍👧')).toBe(2);
  expect(displayWidth('é')).toBe(1);
  expect(cutToWidth('日本語', 5)).toBe('日本…');
  expect(cutToWidth('abc', 3)).toBe('abc');
  expect(cutToWidth('\u0301'.repeat(1_000_000), 3).length).toBeLessThan(200);
});

it('what could command a terminal is shown as an escape, in JSON as well', () => {
  const evil = 'a\u001b[31m\u0000\u009b\u202e\u{e0041}\ud800b';
  expect(printable(evil)).toBe(String.raw`a\x1b[31m\x00\x9b\u{202e}\u{e0041}` + '\ufffdb');
  const json = printableJson({ evil }, 0);
  expect(json).not.toMatch(/[\u007f-\u009f\u202e]/);
  expect(JSON.parse(json)).toEqual({ evil });
});

const written = (env: Record<string, string>, isTTY: boolean, color = true): string => {
  let text = '';
  const sink = {
    isTTY,
    write: (more: string) => {
      text += more;
    },
  };
  const surroundings = { env, stdout: sink, stderr: sink } as unknown as ConstructorParameters<
    typeof Output
  >[0];
  new Output(surroundings, { json: false, quiet: false, color }).data(red('x'));
  return text;
};

it('colors are for terminals, and for who asks for them', () => {
  expect(written({}, true)).toBe('\u001b[31mx\u001b[39m\n');
  expect(written({}, false)).toBe('x\n');
  expect(written({ NO_COLOR: '1' }, true)).toBe('x\n');
  expect(written({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe('x\n');
  expect(written({ FORCE_COLOR: '1' }, false)).toContain('[31m');
  expect(written({ FORCE_COLOR: '0' }, true)).toBe('x\n');
  expect(written({ TERM: 'dumb' }, true)).toBe('x\n');
  expect(written({}, true, false)).toBe('x\n');
});

it('durations are said with two digits', () => {
  const said = [0, 38, 999, 1_000, 2_150, 14_900, 59_999, 840_000, 3_600_000, 90_000_000].map(durationText);
  expect(said).toEqual(['0 ms', '38 ms', '999 ms', '1 s', '2.1 s', '14 s', '59 s', '14 min', '1 h', '1 d']);
});

it('commands to paste are quoted for shells', () => {
  expect(shellWord('acme-1')).toBe('acme-1');
  expect(shellWord("a'b; rm -rf ~")).toBe(String.raw`'a'\''b; rm -rf ~'`);
});
