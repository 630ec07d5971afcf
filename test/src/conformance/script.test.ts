import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/conformance.ts', import.meta.url));
const third = fileURLToPath(new URL('./third-party.ts', import.meta.url));

const conformance = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['--conditions=@waybill/source', script, ...args], { encoding: 'utf8' });

it('prints exactly the report with --json, and exits with 0 if nothing failed', () => {
  const { status, stdout } = conformance('memory', '--port', 'store', '--json');
  const { technology, server, cases, passed, failed, skipped, ...more } = JSON.parse(stdout);
  assert.equal(status, 0);
  assert.deepEqual([technology, failed, more], ['memory', 0, {}]);
  assert.match(server, /^memory of Node\.js/);
  assert.equal(cases.length, passed + skipped);
  assert.ok(skipped > 0, 'memory outlives nothing');
  for (const { result, reason } of cases)
    assert.equal(typeof reason, result === 'passed' ? 'undefined' : 'string');
});

it('says which case failed and why, and exits with 1', () => {
  const { status, stdout } = conformance(third);
  assert.match(stdout, /^✗ STORE-006 .*\n {4}failed: /m);
  assert.match(stdout, /^forgetful \(nothing 1\.0\): \d+ passed, \d+ failed, \d+ skipped$/m);
  assert.equal(status, 1);
});

it('lists what it knows on wrong usage, and exits with 2', () => {
  for (const args of [
    [],
    ['nope'],
    ['./nope.ts'],
    ['memory', '--port', 'engine'],
    ['memory', '--speed'],
    ['memory', 'sqlite'],
  ]) {
    const { status, stderr, stdout } = conformance(...args);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /memory, .*sqlite/);
  }
});
