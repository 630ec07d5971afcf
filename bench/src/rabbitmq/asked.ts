import type { Asked } from '../targets.ts';

const ours = 'waybill';
const raw = 'raw amqplib';

const atLeast = (scenario: string, what: string): Asked => ({
  name: `${what}, ours / raw`,
  of: [scenario, ours],
  over: [scenario, raw],
  atLeast: 0.8,
});

export const asked: readonly Asked[] = [
  atLeast('submit 100', 'enqueue at 100 in flight'),
  atLeast('submit 1000', 'enqueue at 1,000 in flight'),
  atLeast('end to end 10', 'acquire and commit at 10'),
  atLeast('end to end 100', 'acquire and commit at 100'),
  {
    name: 'start latency p50, ours / raw',
    of: ['start latency, same process', ours, 'p50'],
    over: ['start latency, same process', raw, 'p50'],
    atMost: 1.3,
  },
  ...[100_000, 1_000_000].map(
    (waiting): Asked => ({
      name: `rate at ${waiting} waiting / at 100`,
      of: [`with ${waiting} waiting`, ours],
      over: ['with 100 waiting', ours],
      atLeast: 0.7,
    }),
  ),
  {
    name: 'rate at 1000000 waiting, ours / raw',
    of: ['with 1000000 waiting', ours],
    over: ['with 1000000 waiting', raw],
    atLeast: 0.8,
  },
  {
    name: 'CPU of our process at 1000000 waiting / at 100',
    of: ['with 1000000 waiting', ours, 'nodeUs'],
    over: ['with 100 waiting', ours, 'nodeUs'],
    atMost: 1.3,
  },
  {
    name: 'noise: ours / ours again',
    of: ['end to end 100', ours],
    over: ['end to end 100', `${ours} (again)`],
    atLeast: 0.85,
    atMost: 1.15,
  },
];
