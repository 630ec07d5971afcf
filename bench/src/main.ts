import { fork } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe } from './report.ts';
import { loadSuite, suiteNames } from './suite.ts';
import { targetsOf } from './targets.ts';

/**
 * `npm run bench -- <suite> [--json] [--rounds 5] [--scale 1] [--only <part of a scenario's name>]`: every contender
 * in every scenario, each measurement in a process of its own, contenders interleaved round by round and in reversed
 * order every other round. What takes long runs only when it is asked for.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const [suiteName = 'embedded'] = positionals;
const suite = await loadSuite(suiteName);
if (suite === undefined) {
  console.error(`there is no benchmark ${suiteName}; there are: ${suiteNames.join(', ')}`);
  process.exit(2);
}
const wanted = suite.scenarios.filter(({ name, heavy = false }) =>
  values.only === undefined ? !heavy : name.includes(values.only),
);
if (wanted.length === 0) {
  const names = suite.scenarios.map(({ name }) => name);
  console.error(`no scenario's name contains '${values.only}'; there are: ${names.join('; ')}`);
  process.exit(2);
}

const backend = await suite.start?.();
const measure = (contender: string, scenario: string): Promise<Record<string, number>> =>
  new Promise((resolve, reject) => {
    const child = fork(
      join(import.meta.dirname, 'child.ts'),
      [suiteName, contender, scenario, values.scale],
      {
        execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
        env: { ...process.env, ...backend?.env },
        timeout: 300_000,
      },
    );
    let figures: Record<string, number> | undefined;
    child.on('message', (message: Record<string, number>) => {
      figures = message;
    });
    child.on('exit', (code, signal) => {
      if (figures !== undefined && code === 0) resolve(figures);
      else reject(new Error(`${contender}, ${scenario}: ended with ${signal ?? code}`));
    });
  });

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};
const rounds = new Map<string, Map<string, Record<string, number>[]>>();
try {
  for (const { name } of wanted) {
    const figures = new Map(
      suite.contendersOf(name).map((contender) => [contender, [] as Record<string, number>[]]),
    );
    rounds.set(name, figures);
    for (let round = 0; round < Number(values.rounds); round++) {
      const order = round % 2 === 0 ? [...figures.keys()] : [...figures.keys()].reverse();
      for (const contender of order) {
        progress(`${name}, round ${round + 1}: ${contender}`);
        figures.get(contender)?.push(await measure(contender, name));
      }
    }
  }
} finally {
  progress('');
  await backend?.stop();
}

const targets = targetsOf(suite.asked, rounds);
if (values.json) {
  const all = Object.fromEntries([...rounds].map(([name, figures]) => [name, Object.fromEntries(figures)]));
  const machine = {
    node: process.version,
    sqlite: process.versions['sqlite'],
    ...backend?.about,
    cores: cpus().length,
    load: loadavg()[0],
  };
  console.log(JSON.stringify({ suite: suiteName, machine, rounds: all, targets }, undefined, 2));
} else {
  console.log(describe(wanted, rounds, targets));
}
