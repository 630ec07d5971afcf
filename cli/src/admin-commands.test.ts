import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ran, runIn, type RunOptions } from './cli.fixture.ts';
import { nodeCheck } from './doctor-node.ts';
import { loadKit } from './load-kit.ts';
import { openDeployment } from './open-waybill.ts';
import { makeFolder, makeProject } from './process.fixture.ts';

const run = (cwd: string, command: string, options: RunOptions = {}): Promise<Ran> =>
  runIn(openDeployment, command.split(' '), { ...options, cwd });

/** A store as somebody else might write one: in memory, with options, findings and faults of its own. */
const acme = `
import { bindPort, ConnectionError, defineAdapter } from '@waybill/core';
import { MemoryStore, MemoryStoreBackend } from '@waybill/store-memory';
import { z } from 'zod';

const backends = new Map();
const backendOf = (namespace) => {
  const backend = backends.get(namespace) ?? new MemoryStoreBackend();
  backends.set(namespace, backend);
  return backend;
};

class Shared extends MemoryStore {
  capabilities = { atomicity: 'native', durability: 'none', shared: true, rangeValidation: true };
}

class Forgetful extends Shared {
  async get(keys) {
    return keys.map(() => undefined);
  }
}

export default defineAdapter({
  port: 'store',
  name: 'acme',
  options: z.strictObject({
    url: z.string().default('https://ada:opensesame@acme.example/db'),
    password: z.string().optional(),
    finding: z.enum(['warn', 'refuse']).optional(),
    down: z.boolean().default(false),
    forgetful: z.boolean().default(false),
    namespace: z.string().default('acme'),
  }),
  module: ({ forgetful, namespace }) => {
    const Store = forgetful ? Forgetful : Shared;
    return bindPort('store', async () => new Store(backendOf(namespace)));
  },
  inspect: async ({ finding, down }) => {
    if (down) throw new ConnectionError('acme does not answer', { fix: 'start acme' });
    const found = { level: finding, code: 'acme.evicts', message: 'acme evicts documents', fix: 'acme set keep' };
    return { server: 'Acme 7.1', findings: finding === undefined ? [] : [found] };
  },
});
`;

const withAcme = async (options = ''): Promise<string> => {
  const cwd = await makeProject(`
plugins: [./handlers.ts]
processes: one
broker: { use: memory }
channel: { use: memory }
store: { use: ./acme.ts, ${options} }
`);
  await writeFile(join(cwd, 'acme.ts'), acme);
  return cwd;
};

describe('config', () => {
  it('check names the file, the adapters and the topics', async () => {
    const { exit, stdout } = await run(await makeProject(), 'config check');
    expect(exit).toBe(0);
    expect(stdout).toContain('waybill.config.yaml');
    expect(stdout).toMatch(/^ +store +sqlite$/m);
    expect(stdout).toMatch(/^ +topics +greet, stray, wait$/m);
  });

  it('check tells every problem at once, and as the answer under --json', async () => {
    const cwd = await makeProject(
      'plugins: [./handlers.ts]\nqueues: { normal: { min: 9 } }\nstore: { use: sqlit }',
    );
    const people = await run(cwd, 'config check');
    expect(people.exit).toBe(3);
    expect(people.stderr).toContain('2 problems in waybill.config.yaml');
    const { exit, json } = await run(cwd, 'config check --json');
    expect(exit).toBe(3);
    expect(json.ok).toBe(false);
    expect(json.problems.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'queues.normal.min',
      'store.use',
    ]);
  });

  it('check tells what is wrong with a plugin', async () => {
    const cwd = await makeProject('plugins: [./nothing.ts]');
    const { exit, stderr } = await run(cwd, 'config check');
    expect(exit).toBe(3);
    expect(stderr).toMatch(/plugins\.0 +there is no module .*nothing\.ts/);
  });

  it('print shows values with their origins, and no secret', async () => {
    const cwd = await withAcme('password: { secret: ACME_PASSWORD }');
    const env = { ACME_PASSWORD: 'opensesame', WAYBILL_QUEUES_BATCH_MAX: '7' };
    const { exit, stdout } = await run(cwd, 'config print --origins --set lease.sweepMs=3s', { env });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^queues\.batch\.max +7 +WAYBILL_QUEUES_BATCH_MAX \(environment\)/m);
    expect(stdout).toMatch(/^lease\.sweepMs +"3s" +--lease\.sweepMs \(flag\)/m);
    expect(stdout).toMatch(/^store\.use +.* +waybill\.config\.yaml:6:/m);
    const { stdout: json } = await run(cwd, 'config print --json', { env });
    expect(stdout + json).not.toContain('opensesame');
    const { keys } = JSON.parse(json);
    expect(keys.find(({ path }: { path: string }) => path === 'store.password')).toMatchObject({
      ...{ value: 'secret ACME_PASSWORD', variable: 'WAYBILL_STORE_PASSWORD' },
    });
  });
});

describe('adapter', () => {
  it('list tells what is in use, installed and available', async () => {
    const { stdout } = await run(await makeProject(), 'adapter list');
    expect(stdout).toMatch(/^sqlite +in use +in use +in use$/m);
    expect(stdout).toMatch(/^memory +installed +installed +installed$/m);
    expect(stdout).toMatch(/^kafka +(available|installed) +(available|installed) +-$/m);
  });

  it('list helps also where the config is wrong', async () => {
    const { exit, stdout, stderr } = await run(await makeProject('store: { use: sqlit }'), 'adapter list');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^sqlite +installed/m);
    expect(stderr).toContain('waybill config check');
  });

  it('capabilities are those of the config, or of a technology, and leave no file behind', async () => {
    const cwd = await makeFolder();
    const { json } = await run(cwd, 'adapter capabilities --json');
    expect(json.adapters).toMatchObject([
      {
        port: 'store',
        technology: 'sqlite',
        server: expect.stringContaining('SQLite'),
        capabilities: { shared: true },
      },
      { port: 'broker', technology: 'sqlite' },
      { port: 'channel', technology: 'sqlite' },
    ]);
    const { stdout } = await run(cwd, 'adapter capabilities memory --port store');
    expect(stdout).toMatch(/^store +memory/m);
    expect(stdout).toMatch(/^ +shared +no$/m);
    expect(stdout).not.toContain('broker');
    expect(existsSync(join(cwd, 'waybill.db'))).toBe(false);
  });

  it('capabilities of an adapter by its path are those of the port it is for', async () => {
    const { json } = await run(await withAcme(), 'adapter capabilities ./acme.ts --json');
    expect(json.adapters).toMatchObject([{ port: 'store', technology: 'acme', server: 'Acme 7.1' }]);
  });

  it('a technology that is not installed is a config error that says how to install it', async () => {
    const { exit, stderr } = await run(await makeFolder(), 'adapter capabilities @acme/punchcards');
    expect(exit).toBe(3);
    expect(stderr).toContain('npm i @acme/punchcards');
  });

  it('test proves an adapter, and its exit code says whether it holds', async () => {
    const cwd = await withAcme();
    const good = await run(cwd, 'adapter test --port store --json');
    expect(good.json).toMatchObject({ technology: 'acme', server: 'Acme 7.1', failed: 0 });
    expect(good.json.passed).toBeGreaterThan(50);
    expect(good.exit).toBe(0);
    const bad = await run(cwd, 'adapter test --port store --store.forgetful=true');
    expect(bad.exit).toBe(1);
    expect(bad.stdout).toMatch(/✖ STORE-\d+ /);
    expect(bad.stdout).toMatch(/\d+ passed, [1-9]\d* failed, \d+ skipped: Acme 7\.1/);
  }, 60_000);

  it('test without the kit says what to install', async () => {
    const absent = Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadKit(() => Promise.reject(absent))).rejects.toMatchObject({
      ...{ exit: 3, fix: 'npm i -D @waybill/testing' },
    });
    const defect = new TypeError('broken kit');
    await expect(loadKit(() => Promise.reject(defect))).rejects.toBe(defect);
  });
});

describe('with a backend that does not answer', () => {
  const down = (port: string): string => `
import { bindPort, ConnectionError, defineAdapter } from '@waybill/core';
import { z } from 'zod';

const refuse = async () => { throw new ConnectionError('nobody answers', { fix: 'start it' }); };
export default defineAdapter({
  port: '${port}',
  name: 'down',
  options: z.strictObject({}),
  module: () => bindPort('${port}', refuse),
  inspect: refuse,
});
`;

  /** A deployment with a task, whose config now names backends that are down; `sound.yaml` is as it was. */
  const without = async (...ports: readonly string[]) => {
    const cwd = await makeProject();
    await writeFile(join(cwd, 'sound.yaml'), 'plugins: [./handlers.ts]');
    const submit = ['task', 'submit', 'greet', '{"name":"Ada"}'];
    const { stdout } = await runIn(openDeployment, submit, { cwd });
    for (const port of ports) await writeFile(join(cwd, `${port}.ts`), down(port));
    const sections = ports.map((port) => `${port}: { use: ./${port}.ts }\n`);
    await writeFile(join(cwd, 'waybill.config.yaml'), `plugins: [./handlers.ts]\n${sections.join('')}`);
    return { cwd, id: stdout.trim() };
  };

  it('what only looks needs the store alone', async () => {
    const { cwd, id } = await without('broker', 'channel');
    const looking = [`task get ${id}`, 'task list', `task logs ${id}`, 'dead-letter list', 'queue servers'];
    for (const command of [...looking, 'dead-letter purge --all --yes', 'config check'])
      expect([command, (await run(cwd, command)).exit]).toEqual([command, 0]);
    expect((await run(cwd, `dead-letter show ${id}`)).exit).toBe(5);
    const { exit, stderr } = await run(cwd, `task cancel ${id}`);
    expect(exit).toBe(4);
    expect(stderr).toContain('fix: start it');
  });

  it('what waits needs the channel, too, and not the broker', async () => {
    const { cwd, id } = await without('broker');
    const watching = run(cwd, `task watch ${id}`);
    expect((await run(cwd, `task cancel ${id} --config sound.yaml`)).exit).toBe(0);
    expect((await watching).stdout).toMatch(/cancelled/);
    expect((await run(cwd, `task logs ${id} --follow`)).exit).toBe(0);
  });
});

describe('doctor', () => {
  const levels = ({ json }: Ran): Record<string, string> =>
    Object.fromEntries(json.checks.map(({ name, level }: { name: string; level: string }) => [name, level]));

  it('finds a sound deployment sound', async () => {
    const ran = await run(await makeProject(), 'doctor --json');
    expect(ran.exit).toBe(0);
    expect(ran.json.ok).toBe(true);
    expect(levels(ran)).toMatchObject({
      ...{ config: 'ok', plugins: 'ok', store: 'ok', broker: 'ok', channel: 'ok', disk: 'ok' },
      ...{ guarantee: 'ok', topics: 'ok', clock: 'ok', workers: 'ok', stuck: 'ok', failed: 'ok' },
      messages: 'ok',
    });
  });

  it('has nothing to warn of where all is as it is by default', async () => {
    const source = {
      cwd: await makeProject(),
      env: {},
      flags: {},
      create: true,
      beside: ['broker', 'channel'],
    } as const;
    const { waybill, warnings, guarantees } = await openDeployment(source, () => undefined);
    await waybill.close();
    expect(warnings).toEqual([]);
    expect(guarantees.level).toBe('durable');
  });

  it('warns of tasks that wait for nobody', async () => {
    const cwd = await makeProject();
    await runIn(openDeployment, ['task', 'submit', 'greet', '{"name":"Ada"}'], { cwd });
    const { exit, stdout } = await run(cwd, 'doctor');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^! workers +0 worker processes seen, 1 task waiting$/m);
    expect(stdout).toContain('fix: start one: waybill worker');
  });

  it('warns of messages that the channel has refused for good', async () => {
    const cwd = await makeProject();
    const { waybill } = await openDeployment(
      { cwd, env: {}, flags: {}, create: true, beside: [] },
      () => undefined,
    );
    const key = { collection: 'waybill.outbox', tenant: 'acme', id: 'm1' };
    const fields = { subject: 'order.shipped', refusedAt: 1, code: 'WB_PAYLOAD', reason: 'too odd' };
    await waybill.engine.context.store.commit([{ expect: [], writes: [{ kind: 'put', key, fields }] }]);
    await waybill.close();
    const { exit, stdout } = await run(cwd, 'doctor');
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /^! messages +the channel has refused 1 message for good; first order.shipped m1: too odd$/m,
    );
  });

  it('a config that is wrong is exit 3', async () => {
    const { exit, stdout } = await run(await makeProject('store: { use: sqlit }'), 'doctor');
    expect(exit).toBe(3);
    expect(stdout).toMatch(/^✖ config /m);
    expect(stdout).toContain('Did you mean "sqlite"?');
  });

  it('passes on what a backend says of itself: a warning, a refusal, no answer', async () => {
    const warned = await run(await withAcme('finding: warn'), 'doctor');
    expect(warned.exit).toBe(0);
    expect(warned.stdout).toMatch(/^! store +acme evicts documents \(acme\.evicts\)$/m);
    expect(warned.stdout).toContain('fix: acme set keep');
    const refused = await run(await withAcme('finding: refuse'), 'doctor --json');
    expect(refused.exit).toBe(3);
    expect(levels(refused)).toMatchObject({ store: 'fail', broker: 'ok' });
    const down = await run(await withAcme('down: true'), 'doctor');
    expect(down.exit).toBe(4);
    expect(down.stdout).toContain('fix: start acme');
  });

  it('looks at nothing where there is no deployment, and makes none', async () => {
    const cwd = await makeFolder();
    const ran = await run(cwd, 'doctor --json');
    expect(ran.exit).toBe(0);
    expect(levels(ran)).toMatchObject({ deployment: 'skip' });
    expect(existsSync(join(cwd, 'waybill.db'))).toBe(false);
  });

  it('judges Node by its version', () => {
    const judged = ['20.19.0', '22.17.9', '22.18.0', '24.21.0', '26.0.0'].map(
      (version) => nodeCheck(version).level,
    );
    expect(judged).toEqual(['fail', 'fail', 'warn', 'ok', 'ok']);
  });
});
