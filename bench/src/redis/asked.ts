import type { Asked } from '../targets.ts';

const overBullmq = (
  name: string,
  { scenario, figure, ours = 'waybill', tier = '', atLeast }: Comparison,
): Asked => ({
  name: `${name}, ours / BullMQ`,
  of: [scenario, ours, figure],
  over: [scenario, `bullmq${tier}`, figure],
  atLeast,
});

interface Comparison {
  readonly scenario: string;
  readonly figure: string;
  readonly ours?: string;
  readonly tier?: string;
  readonly atLeast: number;
}

const withDocument = 'waybill, one document';
const submit = 'submit.rate';
const work = 'work.rate';

export const asked: readonly Asked[] = [
  overBullmq('submit at 100', { scenario: 'tasks at 100', figure: submit, atLeast: 2 }),
  {
    name: 'submit at 100, ours / bee-queue',
    of: ['tasks at 100', 'waybill', submit],
    over: ['tasks at 100', 'bee-queue', submit],
    atLeast: 1,
  },
  overBullmq('bulk of 500', { scenario: 'tasks in bulk of 500', figure: submit, atLeast: 3 }),
  overBullmq('end to end at 100', { scenario: 'tasks at 100', figure: work, atLeast: 3 }),
  overBullmq('end to end at 100 with one document', {
    scenario: 'tasks at 100',
    figure: work,
    ours: withDocument,
    atLeast: 3,
  }),
  overBullmq('end to end at 100 with AOF everysec', {
    scenario: 'tasks at 100, AOF everysec',
    figure: work,
    ours: 'waybill everysec',
    tier: ' everysec',
    atLeast: 3,
  }),
  overBullmq('end to end at 100 with AOF always', {
    scenario: 'tasks at 100, AOF always',
    figure: work,
    ours: 'waybill always',
    tier: ' always',
    atLeast: 3,
  }),
  overBullmq('end to end at 10', { scenario: 'tasks at 10', figure: work, atLeast: 2 }),
  overBullmq('end to end at 1', { scenario: 'tasks at 1', figure: work, atLeast: 1 }),
  ...(['p50', 'p99'] as const).map((figure) => ({
    name: `start latency ${figure}, ours / BullMQ`,
    of: ['start latency, other process', 'waybill', figure] as const,
    over: ['start latency, other process', 'bullmq', figure] as const,
    atMost: 1,
  })),
  ...[100_000, 1_000_000].map((waiting) => ({
    name: `cost per task at ${waiting.toLocaleString('en')} waiting / at 100`,
    of: [`steady at ${waiting} waiting`, 'waybill', 'cost'] as const,
    over: ['steady at 100 waiting', 'waybill', 'cost'] as const,
    atMost: 1.2,
  })),
  {
    name: 'memory per waiting task, bytes',
    of: ['memory per waiting task', 'waybill', 'bytes'],
    atMost: 635,
  },
  ...(['submit', 'work'] as const).map((part) => ({
    name: `noise at 100 (${part}): ours / ours again`,
    of: ['tasks at 100', 'waybill', `${part}.rate`] as const,
    over: ['tasks at 100', 'waybill (again)', `${part}.rate`] as const,
    atLeast: 0.85,
    atMost: 1.15,
  })),
];
