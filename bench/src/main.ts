import { fork } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';
import { median, targetsOf } from './targets.ts';

/**
 * `npm run bench -- embedded`: every contender in every scenario, each measurement in a process of its own,
 * contenders interleaved round by round and in reversed order every other round.
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
const [suite = 'embedded'] = positionals;
if (suite !== 'embedded') {
  console.error(`there is no benchmark ${suite}; there is: embedded`);
  process.exit(2);
}

const sqlite = [
  'waybill sqlite full',
  'waybill sqlite normal',
  'plainjob',
  'raw sqlite full',
  'raw sqlite normal',
];
const again = 'waybill sqlite normal (again)';
const ours = ['waybill sqlite full', 'waybill sqlite normal', 'waybill memory'];
const contendersOf = (scenario: string): readonly string[] => {
  if (scenario === 'framework overhead') return ['null adapters'];
  if (scenario === 'start latency, other process') return ['waybill sqlite full', 'waybill sqlite normal'];
  if (scenario.startsWith('start latency')) return [...ours, 'plainjob'];
  if (scenario.startsWith('cost at')) return ['waybill sqlite normal', 'waybill memory'];
  if (scenario === 'end to end 100') return [...sqlite, 'waybill memory', again];
  if (scenario.includes('document'))
    return [...sqlite.filter((name) => name !== 'plainjob'), 'waybill memory'];
  return [...sqlite, 'waybill memory'];
};

const measure = (contender: string, scenario: string): Promise<Record<string, number>> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), [contender, scenario, values.scale], {
      execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
      timeout: 300_000,
    });
    let figures: Record<string, number> | undefined;
    child.on('message', (message: Record<string, number>) => {
      figures = message;
    });
    child.on('exit', (code, signal) => {
      if (figures !== undefined && code === 0) resolve(figures);
      else reject(new Error(`${contender}, ${scenario}: ended with ${signal ?? code}`));
    });
  });

const rounds = new Map<string, Map<string, Record<string, number>[]>>();
const wanted = scenarios.filter(({ name }) => values.only === undefined || name.includes(values.only));
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

for (const { name } of wanted) {
  const figures = new Map(contendersOf(name).map((contender) => [contender, [] as Record<string, number>[]]));
  rounds.set(name, figures);
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = round % 2 === 0 ? [...figures.keys()] : [...figures.keys()].reverse();
    for (const contender of order) {
      progress(`${name}, round ${round + 1}: ${contender}`);
      figures.get(contender)?.push(await measure(contender, name));
    }
  }
}
progress('');

const targets = targetsOf(rounds);
if (values.json) {
  const all = Object.fromEntries([...rounds].map(([name, figures]) => [name, Object.fromEntries(figures)]));
  const machine = {
    node: process.version,
    sqlite: process.versions['sqlite'],
    cores: cpus().length,
    load: loadavg()[0],
  };
  console.log(JSON.stringify({ suite, machine, rounds: all, targets }, undefined, 2));
} else {
  for (const { name, unit } of wanted) {
    console.log(`\n${name} (${unit}, median of ${values.rounds} [min..max])`);
    for (const [contender, each] of rounds.get(name) ?? []) {
      const figures = Object.keys(each[0] ?? {}).map((figure) => {
        const list = each.map((one) => one[figure] ?? Number.NaN);
        const show = (value: number): string =>
          value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
        return `${figure} ${show(median(list))} [${show(Math.min(...list))}..${show(Math.max(...list))}]`;
      });
      console.log(`  ${contender.padEnd(30)} ${figures.join('   ')}`);
    }
  }
  console.log('\ntargets');
  for (const { name, value, atLeast, atMost, met } of targets) {
    const bound = [atLeast === undefined ? '' : `≥ ${atLeast}`, atMost === undefined ? '' : `≤ ${atMost}`]
      .filter(Boolean)
      .join(', ');
    console.log(`  ${met ? '✓' : '✗'} ${name}: ${value} (${bound})`);
  }
}
