import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { core, folderWith } from './fake-adapter.fixture.ts';
import { loadPlugins } from './load-plugins.ts';

const handler = (topic: string) => `{ topic: '${topic}', input: z.object({}), run: () => undefined }`;
const plugin = (name: string, topic: string) => `
  import { definePlugin } from '@waybill/core';
  import { z } from 'zod';
  export default definePlugin({ name: '${name}', handlers: [${handler(topic)}] });`;

const load = async (files: Readonly<Record<string, string>>, entries: readonly string[]) =>
  loadPlugins(entries, await folderWith(files));

const refused = async (
  files: Readonly<Record<string, string>>,
  entries: readonly string[],
): Promise<ConfigError> => {
  const error: unknown = await load(files, entries).catch((reason: unknown) => reason);
  if (error instanceof ConfigError) return error;
  throw new Error('the plugins were accepted', { cause: error });
};

test('files, folders and packages are loaded, in their order', async () => {
  const plugins = await load(
    {
      'one.js': plugin('one', 'one'),
      'two/index.ts': plugin('two', 'two'),
      'three.ts': plugin('three', 'three'),
      'node_modules/@acme/four/package.json': '{ "type": "module", "exports": { "import": "./x.js" } }',
      'node_modules/@acme/four/x.js': plugin('four', 'four'),
      'node_modules/five/package.json': '{ "type": "module", "main": "x.js" }',
      'node_modules/five/x.js': plugin('five', 'five'),
    },
    ['./one.js', './two', './three', '@acme/four', 'five'],
  );
  expect(plugins.map(({ name }) => name)).toEqual(['one', 'two', 'three', 'four', 'five']);
  expect(plugins[0]?.handlers).toMatchObject([{ topic: 'one' }]);
});

test('every plugin that is wrong is reported at once', async () => {
  const error = await refused(
    {
      'named.js': 'export const resize = {};',
      'broken.js': 'import "nowhere"; export default {};',
      'empty/readme.md': '',
    },
    ['./named.js', './broken.js', './empty', './gone.ts', '@acme/gone'],
  );
  expect(error.problems).toMatchObject([
    { path: 'plugins.0', message: './named.js has no default export', notes: ['it exports resize'] },
    { path: 'plugins.1', message: expect.stringContaining('cannot be loaded') },
    { path: 'plugins.2', fix: expect.stringContaining('index.ts') },
    { path: 'plugins.3', message: 'there is no module ./gone.ts' },
    { path: 'plugins.4', fix: 'npm i @acme/gone' },
  ]);
});

test.each([
  ['5', 'its default export is no plugin'],
  ['{}', 'it has no name'],
  ['{ name: "x", handler: [] }', '"handler" is no part of a plugin; did you mean "handlers"?'],
  ['{ name: "x", handlers: {} }', 'its handlers are no list'],
  ['{ name: "x", handlers: [undefined] }', 'handlers[0] is none: it is nothing'],
  ['{ name: "x", handlers: [{ topic: "a" }] }', 'handlers[0] (a) is none: its input is no schema'],
  [
    '{ name: "x", handlers: [{ topic: "a", input: z.object() }] }',
    'handlers[0] (a) is none: it has no run()',
  ],
  [
    '{ name: "x", handlers: [{ topic: "a", input: z.object(), output: {}, run() {} }] }',
    'its output is no schema',
  ],
  [
    '{ name: "x", effects: [{ name: "e", args: z.object(), do() {} }] }',
    'effects[0] (e) is none: it has no undo()',
  ],
  ['{ name: "x", collections: [{ name: "c", schema: z.object() }] }', 'use defineCollection'],
  ['{ name: "x", managers: [{ name: "m", topics: [] }] }', 'managers[0] (m) is none: it has no manage()'],
  ['{ name: "x", modules: [{}] }', 'modules[0] is none: it has no load()'],
])('a plugin that is %s is refused', async (text, message) => {
  const error = await refused({ 'p.js': `import { z } from 'zod'; export default ${text};` }, ['./p.js']);
  expect(error.message).toContain('./p.js: ');
  expect(error.message).toContain(message);
});

test('class handlers and container modules are taken as they are', async () => {
  const text = `
    class Resize {}
    export default { name: 'x', handlers: [Resize], modules: [{ load() {} }] };`;
  expect(await load({ 'p.js': text }, ['./p.js'])).toMatchObject([{ handlers: [expect.any(Function)] }]);
});

test('two handlers of one topic are refused, with both plugins named', async () => {
  const error = await refused({ 'a.js': plugin('a', 'same'), 'b.js': plugin('b', 'same') }, [
    './a.js',
    './b.js',
  ]);
  expect(error.problems).toMatchObject([
    { path: 'plugins.1', message: 'the handler of same is defined by b (./b.js) and by a (./a.js)' },
  ]);
});

test('one definition that two plugins share is no clash', async () => {
  const files = {
    'shared.js': `import { z } from 'zod'; export const shared = ${handler('shared')};`,
    'a.js': `import { shared } from './shared.js'; export default { name: 'a', handlers: [shared] };`,
    'b.js': `import { shared } from './shared.js'; export default { name: 'b', handlers: [shared] };`,
  };
  expect(await load(files, ['./a.js', './b.js'])).toHaveLength(2);
});

/** As users run it. */
const loadByNode = async (files: Readonly<Record<string, string>>, entry: string): Promise<string> => {
  const script = `
    import { loadPlugins } from ${JSON.stringify(join(core, 'src/config/load-plugins.ts'))};
    const print = (text) => process.stdout.write(text);
    await loadPlugins(['${entry}'], process.cwd())
      .then((plugins) => print(plugins.map(({ name }) => name).join()), ({ message }) => print(message));`;
  const cwd = await folderWith({ ...files, 'load.ts': script });
  const node = promisify(execFile);
  return (await node(process.execPath, ['--conditions=@waybill/source', 'load.ts'], { cwd })).stdout;
};

test('plain Node loads plugins in TypeScript', async () => {
  expect(await loadByNode({ 'handlers/index.ts': plugin('typed', 'typed') }, './handlers')).toBe('typed');
});

test('what is wrong in a plugin is told with its file and place', async () => {
  const told = await loadByNode({ 'handlers/index.ts': '\nthrow new Error("boom");' }, './handlers');
  expect(told).toMatch(/cannot be loaded: boom\n +from .*\/handlers\/index\.ts:2:7$/);
});
