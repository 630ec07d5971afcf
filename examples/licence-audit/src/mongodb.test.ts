import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import { describe, expect, it } from 'vitest';
import { makeProject } from './project.fixture.ts';

const execute = promisify(execFile);
const inExample = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const audit = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ readonly stdout: string }> => {
  const config = ['--config', inExample('../mongodb.config.ts')];
  return execute(
    process.execPath,
    ['--conditions=@waybill/source', inExample('main.ts'), ...args, ...config],
    { env },
  );
};

await describeService('MongoDB', startService, ({ url }) => {
  it('survives a killed worker just the same', { timeout: 120_000 }, async () => {
    const { lockFile, folder } = await makeProject();
    const out = join(folder, 'sbom.json');
    const env = { PATH: process.env['PATH'], MONGODB_URL: url };
    const { stdout } = await audit([lockFile, '--demo', '--out', out], env);
    expect(stdout).toMatch(/done by the other worker, [\d.]+ s after the kill/);
    expect(JSON.parse(await readFile(out, 'utf8')).components).toHaveLength(14);
  });
});

describe('without MONGODB_URL', () => {
  it('says what is missing before it touches anything', async () => {
    const failed = await audit([], { PATH: process.env['PATH'] }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(/MONGODB_URL/) });
  });
});
