import { expect, it } from 'vitest';
import { ProgressBar } from './progress-bar.ts';

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

it('on a terminal the bar is one line, and gives way to others', () => {
  const terminal = screen(true);
  const bar = new ProgressBar(terminal);
  bar.show(5, 10);
  bar.show(5, 10);
  bar.clear();
  bar.clear();
  const line = `  [${'#'.repeat(20)}${'-'.repeat(20)}]  5 of 10 packages`;
  expect(terminal.written).toEqual([`\r${line}`, `\r${' '.repeat(line.length)}\r`]);
});

it('elsewhere there is a plain line for every tenth', () => {
  const pipe = screen(false);
  const bar = new ProgressBar(pipe);
  for (let done = 0; done <= 40; done += 1) bar.show(done, 40);
  bar.clear();
  expect(pipe.written).toHaveLength(10);
  expect(pipe.written[0]).toBe('   4 of 40 packages\n');
});
