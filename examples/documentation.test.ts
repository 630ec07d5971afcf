import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Without indentation and empty lines, so that an excerpt may be shown further left than it stands. */
const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

interface Excerpt {
  readonly file: string;
  readonly text: string;
}

/** Blocks that begin with three backticks, a language and `file=path`. */
const excerptsOf = (page: string): readonly Excerpt[] =>
  [...page.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, file = '', text = '']) => ({
    file,
    text,
  }));

describe('the code in the documentation is that of the examples', () => {
  const pages = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ name, excerpts: excerptsOf(read(join('docs', name))) }))
    .filter(({ excerpts }) => excerpts.length > 0);

  it('where a page says so', () => {
    expect(pages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['getting-started.md', 'writing-a-handler.md', 'writing-an-adapter.md']),
    );
  });

  it.each(pages)('$name', ({ excerpts }) => {
    const untrue = excerpts.filter(({ file, text }) => !lines(read(file)).includes(lines(text)));
    expect(untrue).toEqual([]);
  });
});
