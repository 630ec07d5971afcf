import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenContender } from './contender.ts';
import { nullPorts } from './contenders/null-adapters.ts';
import { plainjob } from './contenders/plainjob.ts';
import { rawSqlite } from './contenders/raw-sqlite.ts';
import { openWaybill, waybillMemory, waybillSqlite } from './contenders/waybill.ts';
import { measureOtherProcess } from './other-process.ts';
import { scenarios } from './scenarios.ts';

const contenders: Readonly<Record<string, OpenContender>> = {
  'waybill sqlite full': waybillSqlite('full'),
  'waybill sqlite normal': waybillSqlite('normal'),
  'waybill sqlite normal (again)': waybillSqlite('normal'),
  'waybill memory': waybillMemory,
  plainjob,
  'null adapters': () => openWaybill(nullPorts()),
  'raw sqlite full': rawSqlite('FULL'),
  'raw sqlite normal': rawSqlite('NORMAL'),
};

// One contender, one scenario, one process: nothing of one measurement can warm up or burden another one.
const [contenderName = '', scenarioName = '', scale = '1'] = process.argv.slice(2);
const open = contenders[contenderName];
const scenario = scenarios.find(({ name }) => name === scenarioName);
if (open === undefined || scenario === undefined)
  throw new Error(`no such measurement: ${contenderName}, ${scenarioName}`);
const run = async (name: string, size: number): Promise<Readonly<Record<string, number>>> => {
  const own = join(folder, name);
  mkdirSync(own);
  const contender = await open(own);
  const figures = await scenario.measure(contender, size);
  await contender.close();
  return figures;
};
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
try {
  if (scenario.processes === 2) {
    const synchronous = contenderName.endsWith('full') ? 'full' : 'normal';
    process.send?.(await measureOtherProcess(folder, synchronous, Number(scale)));
  } else {
    // Once for the compiler's sake, with a file of its own; not counted.
    if (scenario.warmUp !== undefined) await run('warm-up', scenario.warmUp * Number(scale));
    process.send?.(await run('measured', Number(scale)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
