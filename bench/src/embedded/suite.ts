import { openWaybill } from '../waybill.ts';
import type { OpenContender } from '../contender.ts';
import { costAt, overhead } from '../scenarios/cost.ts';
import { endToEnd } from '../scenarios/end-to-end.ts';
import { latency, latencyAcross } from '../scenarios/latency.ts';
import { bulk, submit } from '../scenarios/submit.ts';
import type { Suite } from '../suite.ts';
import { asked } from './asked.ts';
import { nullPorts } from './null-adapters.ts';
import { plainjob } from './plainjob.ts';
import { memoryPorts, sqlitePorts } from './ports.ts';
import { rawSqlite } from './raw-sqlite.ts';

const waybillSqlite =
  (synchronous: 'full' | 'normal'): OpenContender =>
  async (folder) =>
    openWaybill(await sqlitePorts(folder, synchronous));

const sqlite = [
  'waybill sqlite full',
  'waybill sqlite normal',
  'plainjob',
  'raw sqlite full',
  'raw sqlite normal',
];
const again = 'waybill sqlite normal (again)';

/** Memory and SQLite, beside plainjob and the raw limit. */
export const embedded: Suite = {
  scenarios: [
    submit(1),
    submit(100),
    bulk,
    ...[1, 10, 100].flatMap((concurrency) => [endToEnd(concurrency), endToEnd(concurrency, true)]),
    latency,
    latencyAcross,
    overhead,
    ...[100, 100_000, 1_000_000].map(costAt),
  ],
  contenders: {
    'waybill sqlite full': waybillSqlite('full'),
    'waybill sqlite normal': waybillSqlite('normal'),
    [again]: waybillSqlite('normal'),
    'waybill memory': async () => openWaybill(await memoryPorts()),
    plainjob,
    'null adapters': () => openWaybill(nullPorts()),
    'raw sqlite full': rawSqlite('FULL'),
    'raw sqlite normal': rawSqlite('NORMAL'),
  },
  contendersOf(scenario) {
    if (scenario === 'framework overhead') return ['null adapters'];
    if (scenario === 'start latency, other process') return ['waybill sqlite full', 'waybill sqlite normal'];
    if (scenario.startsWith('start latency'))
      return ['waybill sqlite full', 'waybill sqlite normal', 'waybill memory', 'plainjob'];
    if (scenario.startsWith('cost at')) return ['waybill sqlite normal', 'waybill memory'];
    if (scenario === 'end to end 100') return [...sqlite, 'waybill memory', again];
    if (scenario.includes('document'))
      return [...sqlite.filter((name) => name !== 'plainjob'), 'waybill memory'];
    return [...sqlite, 'waybill memory'];
  },
  asked,
};
