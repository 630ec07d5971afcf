import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cycloneDxErrors } from './cyclonedx-schema.fixture.ts';
import { makeProject, type Project, writeConfig } from './project.fixture.ts';
import { temporaryFolder } from './temporary-folder.fixture.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const nodeArguments = (args: readonly string[]): readonly string[] => [
  '--conditions=@waybill/source',
  main,
  ...args,
];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, nodeArguments(args), { stdio: ['ignore', 'pipe', 'pipe'] });

const ended = async (child: ChildProcess): Promise<Ended> => {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('both are pipes');
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { code, stdout: out, stderr: err };
};

const run = (...args: readonly string[]): Promise<Ended> => ended(start(args));

const optionsFor = ({ config }: Pick<Project, 'config'>, out: string): readonly string[] => [
  '--config',
  config,
  '--out',
  out,
];

const readBom = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

describe('an audit', { timeout: 60_000 }, () => {
  it('survives a killed worker, undoes what failed, and ends with a valid SBOM', async () => {
    const project = await makeProject();
    const out = join(project.folder, 'out', 'sbom.json');
    const { code, stdout, stderr } = await run(project.lockFile, '--demo', ...optionsFor(project, out));

    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/worker B was killed \(SIGKILL\) after \d+ of 16 packages/);
    expect(stdout).toMatch(/it was in the middle of node_modules\/package-\d+/);
    expect(stdout).toMatch(/done by the other worker, [\d.]+ s after the kill/);
    expect(stdout).toMatch(/completed after 2 attempts\n.*rehearsed.*\n.*undone: deleted licence-notices/);
    expect(stdout).toContain('missing cannot be resolved: it has no package.json');
    expect(stdout).toContain('demo-broken (part of the demonstration');
    expect(stdout).toMatch(/MIT +14\n +total +14/);
    expect(stderr).toContain('16 of 16 packages');

    const bom = await readBom(out);
    expect(cycloneDxErrors(bom)).toEqual([]);
    expect(bom.metadata.component).toMatchObject({ name: 'small-shop', version: '1.2.3' });
    expect(bom.components).toHaveLength(14);
    expect(bom.components[0]).toMatchObject({
      purl: expect.stringMatching(/^pkg:npm\/package-\d+@1\.0\.0$/),
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: '07'.repeat(64) }],
    });
    // Each committed task's notice is there, the undone one written anew, and none of a failed task.
    const notices = await readdir(join(project.folder, 'out', 'licence-notices'));
    expect(notices.filter((name) => name.endsWith('.txt'))).toHaveLength(14);
  });

  it('begins afresh where a former one was killed, and can be strict', async () => {
    const project = await makeProject();
    const out = join(project.folder, 'sbom.json');
    const args = [project.lockFile, ...optionsFor(project, out)];
    const killed = start(['--demo', ...args]);
    const dead = ended(killed);
    killed.stderr?.once('data', () => killed.kill('SIGKILL'));
    await dead;
    const { code, stdout } = await run('--strict', ...args);
    expect(code).toBe(1);
    expect(stdout).not.toMatch(/killed|demo-broken|rehearsed/);
    expect((await readBom(out)).components).toHaveLength(14);
  });

  it('that is interrupted stops its workers and says so', async () => {
    const project = await makeProject();
    const out = join(project.folder, 'sbom.json');
    const child = start([project.lockFile, '--demo', ...optionsFor(project, out)]);
    const over = ended(child);
    child.stderr?.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await over;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted');
    const pids = [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(out)).toBe(false);
  });

  it('of this repository names every installed package', async () => {
    const folder = await temporaryFolder('licence-audit');
    const out = join(folder, 'sbom.json');
    const { code } = await run('--no-demo', ...optionsFor({ config: await writeConfig(folder) }, out));
    expect(code).toBe(0);
    const bom = await readBom(out);
    expect(cycloneDxErrors(bom)).toEqual([]);
    const zod = bom.components.find(({ name }: { name: string }) => name === 'zod');
    expect(zod).toMatchObject({ licenses: [{ license: { id: 'MIT' } }], hashes: [{ alg: 'SHA-512' }] });
    expect(bom.components.map(({ name }: { name: string }) => name)).toContain('@waybill/core');
  });
});

describe('an audit that cannot begin', () => {
  it.each([
    ['a lock file that is not there', ['/nowhere/package-lock.json'], 'there is no such file'],
    ['a file that is no lock file', [main], 'is no JSON'],
    ['an unknown option', ['--deom'], 'Usage: npm start'],
    ['a config that is not there', ['--config', '/nowhere/waybill.config.ts'], 'there is no file'],
  ])('for %s exits with 2 and the reason', async (_, args, reason) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
  });
});
