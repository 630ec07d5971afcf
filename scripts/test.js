// `npm test`: everything that `npm run check` does, then a count. A failing step ends it with its exit code.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'waybill-test-'));
const report = join(folder, 'vitest.json');
const steps = [
  ['types', ['npm', 'run', '--silent', 'build']],
  ['types of tests', ['npm', 'run', '--silent', 'types']],
  ['lint', ['npm', 'run', '--silent', 'lint']],
  ['format', ['npm', 'run', '--silent', 'format:check']],
  ['unused code', ['npm', 'run', '--silent', 'knip']],
  ['packages', ['npm', 'run', '--silent', 'publint']],
  ['guarantees', ['npm', 'run', '--silent', 'guarantees:check']],
  ['tests', ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]],
];

let failedSteps = 0;
for (const [name, [command, ...args]] of steps) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(
    `── ${name}: ${status === 0 ? 'ok' : `failed (exit ${status})`}, ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (status !== 0 && name !== 'tests') failedSteps++;
}

const { passed, failed, skipped } = counts();
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed + failedSteps} failed, ${skipped} skipped`);
process.exitCode = failed + failedSteps === 0 && passed > 0 ? 0 : 1;

function counts() {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const brokenFiles = result.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + brokenFiles.length,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch (error) {
    console.error(`no test report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
