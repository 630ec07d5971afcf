import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { adapterPackage, core, folderWith } from './fake-adapter.fixture.ts';
import { moduleProblem } from './import-module.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from './load-config.ts';
import { publishedAdapters } from './published-adapters.ts';

const packages = {
  ...adapterPackage('@waybill/broker-near', 'broker', 'near'),
  ...adapterPackage('@acme/channels', 'channel', 'acme'),
  ...adapterPackage('waybill-store-plain', 'store', 'plain'),
};
const sections = {
  broker: { use: 'near' },
  channel: { use: '@acme/channels' },
  store: { use: 'waybill-store-plain' },
};

/** What `loadConfig` makes of these files: the config, or the error. */
const load = async (
  files: Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): Promise<LoadedConfig | ConfigError> => {
  const cwd = await folderWith({ ...packages, ...files });
  try {
    return await loadConfig({ cwd, env: {}, ...options });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
};

const asText = { ...sections, timeoutMs: 7_000 };
const asYaml = `
broker: { use: near }
channel: { use: '@acme/channels' }
store: { use: waybill-store-plain }
timeoutMs: 7s
`;

test.each([
  ['waybill.config.json', JSON.stringify({ $schema: './x.json', ...asText })],
  ['waybill.config.yaml', asYaml],
  ['waybill.config.yml', asYaml],
  ['waybill.config.js', `export default ${JSON.stringify(asText)};`],
  ['waybill.config.mjs', `export default ${JSON.stringify(asText)};`],
  ['waybill.config.ts', `const c: object = ${JSON.stringify(asText)};\nexport default c;`],
  ['waybill.config.mts', `export default ${JSON.stringify(asText)} satisfies object;`],
])('%s is found and read, and its packages are found beside it', async (name, text) => {
  const loaded = await load({ [name]: text });
  expect(loaded).toMatchObject({ config: { timeoutMs: 7_000 }, file: expect.stringContaining(name) });
  const names = Object.values((loaded as LoadedConfig).adapters).map(({ adapter }) => adapter.name);
  expect(names).toEqual(['near', 'acme', 'plain']);
});

test('several config files are a problem that names them', async () => {
  const files = { 'waybill.config.json': JSON.stringify(asText), 'waybill.config.yaml': asYaml };
  expect(await load(files)).toMatchObject({
    message: expect.stringContaining('waybill.config.json, waybill.config.yaml'),
  });
});

test('a file can be named, by option or by variable, and then has to be there', async () => {
  const files = { 'deploy/live.yaml': asYaml };
  expect(await load(files, { file: 'deploy/live.yaml' })).toMatchObject({ config: { timeoutMs: 7_000 } });
  expect(await load(files, { env: { WAYBILL_CONFIG: 'deploy/live.yaml' } })).toMatchObject({
    folder: expect.stringMatching(/deploy$/),
  });
  expect(await load(files, { file: 'live.yaml' })).toMatchObject({
    message: expect.stringContaining('there is no file live.yaml'),
  });
});

test('relative paths of a file begin at the file, those of a variable at the working directory', async () => {
  const yaml = `${asYaml.replace('use: waybill-store-plain', 'use: waybill-store-plain, url: ./x.db')}\nplugins: [./handlers]`;
  const loaded = (await load({ 'deploy/live.yaml': yaml }, { file: 'deploy/live.yaml' })) as LoadedConfig;
  expect(loaded.config.plugins).toEqual([join(loaded.folder, 'handlers')]);
  expect(loaded.config.store).toMatchObject({ url: join(loaded.folder, 'x.db') });
  const env = { WAYBILL_STORE_URL: './x.db' };
  const moved = (await load({ 'deploy/live.yaml': yaml }, { file: 'deploy/live.yaml', env })) as LoadedConfig;
  expect(moved.config.store).toMatchObject({ url: join(moved.folder, '..', 'x.db') });
});

test('problems in data files are told with line and column', async () => {
  const json = JSON.stringify({ ...sections, queues: { critical: { max: -1 } } }, null, 2);
  expect(await load({ 'waybill.config.json': json })).toMatchObject({
    message: expect.stringMatching(
      /^1 problem in waybill\.config\.json\n {2}queues\.critical\.max .* :13:14$/m,
    ),
    problems: [{ origin: { kind: 'file', file: 'waybill.config.json', line: 13, column: 14 } }],
  });
  expect(await load({ 'waybill.config.yaml': `${asYaml}queues:\n  batch:\n    min: x\n` })).toMatchObject({
    problems: [{ origin: { line: 8, column: 10 }, message: '"x" is no number' }],
  });
});

test.each([
  ['waybill.config.json', '{ "queues": ', 'is no JSON'],
  ['waybill.config.json', '[]', 'holds no object'],
  ['waybill.config.json', 'null', 'holds no object'],
  ['waybill.config.json', '"text"', 'holds no object'],
  ['waybill.config.json', '5', '{} means the defaults'],
  ['waybill.config.yaml', 'a: [', 'is no YAML'],
  ['waybill.config.yaml', 'a: 1\na: 2', 'is no YAML'],
  ['waybill.config.yaml', 'text', 'holds no object'],
  ['waybill.config.yaml', 'null', 'an empty file means the defaults'],
  ['waybill.config.js', 'export const config = {};', 'has no default export'],
  ['waybill.config.js', 'export default () => ({});', 'its default export is no object'],
  ['waybill.config.js', 'throw new Error("boom");', 'cannot be loaded: boom'],
  ['waybill.config.js', 'import "nowhere"; export default {};', 'cannot be loaded'],
])('%s with %j is a problem, not a crash', async (name, text, message) => {
  expect(await load({ [name]: text })).toMatchObject({
    code: 'WB_CONFIG',
    message: expect.stringContaining(message),
  });
});

test.each([
  ['waybill.config.json', '{\n  "url": hunter2\n}', { line: 2, column: 10 }],
  ['waybill.config.json', '{\n  "url": "redis://:hunter2@host",\n}', { line: 3, column: 1 }],
  ['waybill.config.json', '{ "url": "hunter2', { line: 1, column: 10 }],
  ['waybill.config.json', "{ 'hunter2': 1 }", { line: 1, column: 3 }],
  ['waybill.config.yaml', 'store:\n  url: "hunter2" hunter2\n', { line: 2, column: 18 }],
  ['waybill.config.yaml', 'store:\n  url: @hunter2\n', { line: 2, column: 8 }],
  ['waybill.config.yaml', 'store:\n  hunter2: 1\n  hunter2: 1\n', { line: 3, column: 3 }],
  ['waybill.config.yaml', 'store:\n  url: *hunter2\n', {}],
])(
  '%s with %j is told by its place; the text, maybe a password, is not quoted',
  async (name, text, place) => {
    const error = await load({ [name]: text });
    expect(error).toMatchObject({ problems: [{ origin: { file: name, ...place } }] });
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  },
);

test('a byte order mark is no fault', async () => {
  const json = `\ufeff${JSON.stringify(sections)}`;
  expect(await load({ 'waybill.config.json': json })).toMatchObject({ config: { broker: { use: 'near' } } });
});

test('a bomb of YAML aliases does not go off', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  expect(await load({ 'waybill.config.yaml': lines.join('\n') })).toMatchObject({
    message: expect.stringContaining('cannot be read'),
  });
});

test.each([{}, { 'waybill.config.yaml': '' }, { 'waybill.config.yaml': '---\n# nothing yet\n' }])(
  '%j means one embedded file for all three ports',
  async (files) => {
    const embedded = (['broker', 'channel', 'store'] as const).map((port) =>
      adapterPackage(`@waybill/${port}-sqlite`, port, 'sqlite'),
    );
    const loaded = (await load(Object.assign({}, files, ...embedded))) as LoadedConfig;
    for (const port of ['broker', 'channel', 'store'] as const) {
      expect(loaded.config[port]).toEqual({ use: 'sqlite', file: join(loaded.folder, 'waybill.db') });
    }
  },
);

test('a package that is not installed is told with the command that installs it', async () => {
  // Whatever is published may be installed here, so the test adds one that nobody can have.
  (publishedAdapters.store as string[]).push('punchcards');
  const yaml = asYaml
    .replace('use: near', "use: '@acme/brokers'")
    .replace('waybill-store-plain', 'punchcards');
  expect(await load({ 'waybill.config.yaml': yaml })).toMatchObject({
    problems: [
      { path: 'broker.use', message: '"@acme/brokers" is not installed', fix: 'npm i @acme/brokers' },
      { path: 'store.use', message: '"punchcards" is not installed', fix: 'npm i @waybill/store-punchcards' },
    ],
  });
});

test('an adapter can be a file of the application', async () => {
  const file = adapterPackage('x', 'store', 'own')['node_modules/x/main.js'] ?? '';
  const yaml = asYaml.replace('waybill-store-plain', './own-store.js');
  expect(await load({ 'own-store.js': file, 'waybill.config.yaml': yaml })).toMatchObject({
    adapters: { store: { adapter: { name: 'own' } } },
  });
});

test.each([
  ['export default 5', 'exports no adapter by default'],
  ['export default { port: "broker", name: "x" }', 'is an adapter for the broker, not one for the store'],
  ['export default { port: "store" }', 'is an adapter without a name'],
  ['export default { port: "store", name: "x", options: {} }', 'whose options are no schema of zod 4'],
  [
    'import { z } from "zod"; export default { port: "store", name: "x", options: z.object() }',
    'without module and inspect',
  ],
  ['throw new Error("boom")', 'cannot be loaded: boom'],
  ['throw new Error("redis://me:hunter2@host")', 'cannot be loaded: redis://***@host'],
])('an adapter file with %j is refused', async (text, message) => {
  const yaml = asYaml.replace('waybill-store-plain', './own-store.js');
  expect(await load({ 'own-store.js': text, 'waybill.config.yaml': yaml })).toMatchObject({
    problems: [{ path: 'store.use', message: expect.stringContaining(message) }],
  });
});

/** As users run it: by plain Node, that strips types itself. */
const loadByNode = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const script = `
    import { loadConfig } from ${JSON.stringify(join(core, 'src/config/load-config.ts'))};
    const print = (value) => process.stdout.write(JSON.stringify(value));
    await loadConfig({ cwd: process.cwd(), env: {} }).then(({ config }) => print(config), (error) => print(error.problems));`;
  const cwd = await folderWith({ ...packages, ...files, 'load.ts': script });
  const node = promisify(execFile);
  return (await node(process.execPath, ['--conditions=@waybill/source', 'load.ts'], { cwd })).stdout;
};

test.each([
  [
    'own-store.ts',
    '\nthrow new Error("boom");',
    { message: 'own-store.ts cannot be loaded: boom', at: ':2:7', fix: '' },
  ],
  [
    'own-store.ts',
    'const a = 1;\nenum Colour { Red }',
    { message: 'enum is not supported', at: ':2', fix: 'Node only strips types' },
  ],
])(
  'what is wrong in %s of an adapter, %j, is told with its place',
  async (name, text, { message, at, fix }) => {
    const yaml = asYaml.replace('waybill-store-plain', `./${name}`);
    const [problem] = JSON.parse(await loadByNode({ [name]: text, 'waybill.config.yaml': yaml }));
    expect(problem).toMatchObject({ path: 'store.use', message: expect.stringContaining(message) });
    expect(problem.origin).toMatchObject({ file: 'waybill.config.yaml', line: 4 });
    expect(problem.notes).toEqual([expect.stringMatching(new RegExp(`^at .*/${name}${at}(:\\d+)?$`))]);
    expect(problem.fix ?? '').toContain(fix);
  },
);

test('plain Node loads a config in TypeScript', async () => {
  const text = `
    import { z } from 'zod';
    const config: object = ${JSON.stringify(asText)};
    export default config;`;
  expect(JSON.parse(await loadByNode({ 'waybill.config.ts': text }))).toMatchObject({ timeoutMs: 7_000 });
});

test('TypeScript that plain Node cannot strip is told with its line and what to do', async () => {
  const text = `const a = 1;\nenum Colour { Red }\nexport default {};`;
  expect(JSON.parse(await loadByNode({ 'waybill.config.ts': text }))).toMatchObject([
    {
      message: expect.stringContaining('enum is not supported'),
      origin: { file: 'waybill.config.ts', line: 2 },
      fix: expect.stringContaining('Node only strips types'),
    },
  ]);
});

test.each([
  ['waybill.config.ts', 'export default {\n  a: 1,\n  b: [,\n};\n', { line: 4, column: 1 }],
  ['waybill.config.ts', 'export default {\n  plugins: [],\n', { line: 2 }],
  ['waybill.config.ts', 'export default {\n\ta: ) 1,\n};\n', { line: 2 }],
  ['waybill.config.ts', 'const a = "日本", b = );\n', { line: 1 }],
  ['waybill.config.mjs', 'import { z } from "node:fs";\n', { line: 1, column: 10 }],
  ['waybill.config.mjs', '\nexport default {\n  a: missing.b,\n};\n', { line: 3, column: 6 }],
])('what is wrong with %s, %j, is placed as far as Node tells', async (name, text, place) => {
  const [problem] = JSON.parse(await loadByNode({ [name]: text }));
  expect(problem.message).toContain('cannot be loaded');
  expect(problem.origin).toEqual({ kind: 'file', file: name, ...place });
});

test.each(['"file://elsewhere/x:1"', '5', '"/:1"'])(
  'an error whose stack is %s instead of one that Node has made has no place',
  async (stack) => {
    const text = `throw Object.assign(new Error("odd"), { stack: ${stack} });`;
    const [problem] = JSON.parse(await loadByNode({ 'waybill.config.mjs': text }));
    expect(problem.message).toBe('cannot be loaded: odd');
    expect(problem.origin).toEqual({ kind: 'file', file: 'waybill.config.mjs' });
  },
);

test('a fault in a module that the config imports is placed there', async () => {
  const files = { 'waybill.config.mjs': 'import "./part.ts";', 'part.ts': 'const a = 1;\nconst b = );' };
  const [problem] = JSON.parse(await loadByNode(files));
  expect(problem.origin).toMatchObject({ file: expect.stringMatching(/\/part\.ts$/), line: 2, column: 11 });
});

test('of a syntax error that Node does not place it is said how to find it', async () => {
  const [problem] = JSON.parse(
    await loadByNode({ 'waybill.config.mjs': 'export default {\n  a: [1 2],\n};' }),
  );
  expect(problem.origin).toEqual({ kind: 'file', file: 'waybill.config.mjs' });
  expect(problem.fix).toMatch(/^node --check .*waybill\.config\.mjs shows the line/);
});

test('a config that never finishes loading is told by its name', async () => {
  const text = 'await new Promise(() => undefined);\nexport default {};';
  expect(JSON.parse(await loadByNode({ 'waybill.config.mjs': text }))).toMatchObject([
    {
      message: 'cannot be loaded: it awaits something that never comes',
      origin: { file: 'waybill.config.mjs' },
    },
  ]);
});

test.each([
  ['deployment.txt', 'a config may also be .json, .yaml or .yml'],
  ['deployment.mts', 'this Node runs no TypeScript'],
])('that Node does not know the ending of %s has its own fix', (name, fix) => {
  const failure = Object.assign(new Error('Unknown file extension'), { code: 'ERR_UNKNOWN_FILE_EXTENSION' });
  expect(moduleProblem(failure, `/somewhere/${name}`, { path: '', shown: name }).fix).toContain(fix);
});

test.each(['a folder', 'a link that leads nowhere'])(
  '%s in the place of the config is refused',
  async (what) => {
    const cwd = await folderWith(packages);
    const place = join(cwd, 'waybill.config.json');
    await (what === 'a folder' ? mkdir(place) : symlink(join(cwd, 'nothing'), place));
    await expect(loadConfig({ cwd, env: {} })).rejects.toMatchObject({
      code: 'WB_CONFIG',
      problems: [{ message: `${place} is no file, and leads to none` }],
    });
  },
);
