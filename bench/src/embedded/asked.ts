import type { Asked } from '../targets.ts';

const normal = 'waybill sqlite normal';
const full = 'waybill sqlite full';

export const asked: readonly Asked[] = [
  {
    name: 'end to end at 100, ours / plainjob',
    of: ['end to end 100', normal],
    over: ['end to end 100', 'plainjob'],
    atLeast: 3,
  },
  {
    name: 'end to end at 100 with one document, ours / plainjob without',
    of: ['end to end 100, one document', normal],
    over: ['end to end 100', 'plainjob'],
    atLeast: 3,
  },
  {
    name: 'bulk submit, ours / plainjob addMany',
    of: ['submit bulk 500', normal],
    over: ['submit bulk 500', 'plainjob'],
    atLeast: 0.5,
  },
  {
    name: 'bulk submit, ours / raw',
    of: ['submit bulk 500', normal],
    over: ['submit bulk 500', 'raw sqlite normal'],
    atLeast: 0.4,
  },
  {
    name: 'FULL: submit at 100 in flight / raw, one transaction per task',
    of: ['submit 100', full],
    over: ['submit 1', 'raw sqlite full'],
    atLeast: 10,
  },
  {
    name: 'cost per task at 1,000,000 waiting / at 100',
    of: ['cost at 1000000 waiting', normal, 'cost'],
    over: ['cost at 100 waiting', normal, 'cost'],
    atMost: 1.3,
  },
  {
    name: 'start latency p99, same process, ms',
    of: ['start latency, same process', normal, 'p99'],
    atMost: 5,
  },
  {
    name: 'start latency p99, other process, ms',
    of: ['start latency, other process', normal, 'p99'],
    atMost: 20,
  },
  { name: 'memory, end to end at 100, tasks/s', of: ['end to end 100', 'waybill memory'], atLeast: 100_000 },
  {
    name: 'framework overhead above null adapters, µs of CPU per task',
    of: ['framework overhead', 'null adapters', 'cost'],
    atMost: 15,
  },
  {
    name: 'noise: ours / ours again',
    of: ['end to end 100', normal],
    over: ['end to end 100', `${normal} (again)`],
    atLeast: 0.85,
    atMost: 1.15,
  },
];
