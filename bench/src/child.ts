import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSuite } from './suite.ts';

// One contender, one scenario, one process: nothing of one measurement can warm up or burden another one.
const [suiteName = '', contenderName = '', scenarioName = '', scale = '1'] = process.argv.slice(2);
const suite = await loadSuite(suiteName);
const open = suite?.contenders[contenderName];
const scenario = suite?.scenarios.find(({ name }) => name === scenarioName);
if (open === undefined || scenario === undefined)
  throw new Error(`no such measurement: ${suiteName}, ${contenderName}, ${scenarioName}`);
const root = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const run = async (name: string, size: number): Promise<Readonly<Record<string, number>>> => {
  const folder = join(root, name);
  mkdirSync(folder);
  const contender = await open(folder);
  const figures = await scenario.measure(contender, size, {
    suite: suiteName,
    contender: contenderName,
    folder,
    isWarmUp: name === 'warm-up',
  });
  await contender.close();
  return figures;
};
try {
  // Once for the compiler's sake, with a place of its own; not counted.
  if (scenario.warmUp !== undefined) await run('warm-up', scenario.warmUp * Number(scale));
  process.send?.(await run('measured', Number(scale)));
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exit(0);
