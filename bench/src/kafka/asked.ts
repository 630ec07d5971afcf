import type { Asked } from '../targets.ts';

const ours = 'waybill';
const raw = 'raw kafkajs';
const batches = 'tasks in bulk of 1000';

export const asked: readonly Asked[] = [
  {
    name: 'enqueue in batches of 1,000, ours / raw',
    of: [batches, ours, 'submit.rate'],
    over: [batches, raw, 'submit.rate'],
    atLeast: 0.8,
  },
  {
    name: 'enqueue at 1,000 in flight, ours / raw with one send for each',
    of: ['submit 1000', ours],
    over: ['submit 1000', raw],
    atLeast: 10,
  },
  {
    name: 'acquire and commit, ours / raw batches',
    of: [batches, ours, 'work.rate'],
    over: [batches, raw, 'work.rate'],
    atLeast: 0.6,
  },
  {
    name: 'acquire and commit with one slow task / without',
    of: [batches, 'waybill, one slow task', 'work.rate'],
    over: [batches, ours, 'work.rate'],
    atLeast: 0.95,
  },
  {
    name: 'start latency p99, ours / raw',
    of: ['start latency, same process', ours, 'p99'],
    over: ['start latency, same process', raw, 'p99'],
    atMost: 2,
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
    name: 'noise: ours / ours again',
    of: [batches, ours, 'work.rate'],
    over: [batches, 'waybill (again)', 'work.rate'],
    atLeast: 0.85,
    atMost: 1.15,
  },
];
