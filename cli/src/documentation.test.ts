import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodes } from './exit-code.ts';
import { everyCommand, makeProgram, nameOf } from './program.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8');

const silent = { write: () => undefined };
const program = makeProgram({
  version: '0',
  stdout: silent,
  stderr: silent,
  act: () => async () => undefined,
});
const leaves = everyCommand(program).filter(({ commands }) => commands.length === 0);

const usageOf = (command: Command): string =>
  [
    nameOf(command),
    ...command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`)),
  ].join(' ');

/** What stands below the heading of a command. */
const sectionOf = (command: Command): string | undefined => {
  const [, after] = page.split(`\n### \`${usageOf(command)}\`\n`);
  return after?.split(/\n##+ /)[0];
};

const documented = (text: string): string[] =>
  [...text.matchAll(/^- `([^`]+)`/gm)].map(([, flags]) => flags ?? '');

describe('docs/command-line.md', () => {
  it('there are commands to compare it with', () => {
    expect(leaves).toHaveLength(24);
  });

  it.each(leaves.map((command) => [usageOf(command), command] as const))(
    '%s has a section with its options',
    (_, command) => {
      const section = sectionOf(command);
      expect(section).toBeDefined();
      expect(documented(section ?? '').toSorted()).toEqual(
        command.options.map(({ flags }) => flags).toSorted(),
      );
      expect(section).toMatch(/JSON|`--json`|The same without/);
    },
  );

  it('has no section of a command that is none', () => {
    const headings = [...page.matchAll(/^### `(waybill [^`]+)`$/gm)].map(([, usage]) => usage);
    expect(headings.toSorted()).toEqual(leaves.map(usageOf).toSorted());
  });

  it('lists the options of every command', () => {
    const rows = [...page.matchAll(/^\| `(-[^`]+)` \|/gm)].map(([, flags]) => flags);
    const help = '-h, --help';
    expect(rows.toSorted()).toEqual([...program.options.map(({ flags }) => flags), help].toSorted());
  });

  it('lists every exit code', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)].map(([, code, name]) => [
      name,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(exitCodes);
  });
});

it('a command that a page, a message or a fix names is one', () => {
  const names = new Set(everyCommand(program).map(nameOf));
  const files = globSync('{*.md,docs/**/*.md,{core,workers,cli,test}/src/**/*.ts,examples/*/README.md}', {
    cwd: root,
  });
  const wrong = files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /[`':($] ?(?:npx )?(waybill (?!-)[a-z]+(?:-[a-z]+)?)(?: ([a-z]+(?:-[a-z]+)?)\b)?/g,
        ),
      ]
        .map(([, noun = '', verb]) => (verb === undefined ? noun : `${noun} ${verb}`))
        .filter(
          (name) => !names.has(name) && !(names.has(name.split(' ').slice(0, 2).join(' ')) && isLeaf(name)),
        )
        .map((name) => `${file}: ${name}`),
    );
  expect(wrong).toEqual([]);
});

/** `waybill doctor finds` is the command `waybill doctor`, and a sentence. */
const isLeaf = (name: string): boolean => {
  const noun = name.split(' ').slice(0, 2).join(' ');
  return leaves.some((leaf) => nameOf(leaf) === noun);
};
