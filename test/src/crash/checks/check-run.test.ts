import type { TaskRecord } from '@waybill/core';
import { expect, it } from 'vitest';
import type { FinalState } from '../final-state.ts';
import type { Plan } from '../workload/plan.ts';
import { checkRun } from './check-run.ts';
import { checkWork } from './work.ts';

const plan: Plan = {
  label: 'one',
  steps: [
    { do: 'transfer', from: 'a', to: 'b', amount: 5 },
    { do: 'twin', name: 'x' },
    { do: 'tell' },
    { do: 'effect', kind: 'repeated' },
    { do: 'spawn', plan: { label: 'child', steps: [] } },
    { do: 'publish', count: 1 },
  ],
};

type Change = { readonly [F in keyof TaskRecord]?: TaskRecord[F] | undefined };

const record = (id: string, over: Change = {}): TaskRecord => ({
  id,
  tenant: 'default',
  topic: 'crash.work',
  input: JSON.stringify(plan),
  queue: 'normal',
  priority: 5,
  phase: 'completed',
  mode: 'run',
  at: 0,
  epoch: 1,
  forgiven: 0,
  attempts: 5,
  nonce: 'n',
  round: 0,
  journalWrites: 2,
  submittedAt: 0,
  result: '{"count":1}',
  ...(over as Partial<TaskRecord>), // a field that is undefined is absent
});

const child = record('child', { parent: 'one', input: JSON.stringify({ label: 'child', steps: [] }) });
const failure = {
  attempt: 1,
  epoch: 1,
  class: 'crash',
  code: 'x',
  message: 'x',
  startedAt: 0,
  failedAt: 0,
} as const;
const line = { seq: 1, at: 0, level: 'info', message: 'going on', fields: { attempt: 1 } } as const;

const sound: FinalState = {
  diary: [
    { kind: 'intends', intent: { key: 'k', plan } },
    { kind: 'submitted', key: 'k', id: 'one', outcome: 'created' },
    { kind: 'submitted', key: 'k', id: 'one', outcome: 'existing' },
    { kind: 'cancelled', id: 'one', answer: 'too-late' },
  ],
  tasks: new Map([
    ['one', record('one')],
    ['child', child],
  ]),
  logs: new Map([['one', [line]]]),
  accounts: new Map([
    ['a', { balance: -5, by: 'one' }],
    ['b', { balance: 5, by: 'one' }],
  ]),
  twins: new Map([
    ['x-left', { by: 'one' }],
    ['x-right', { by: 'one' }],
  ]),
  marks: new Map([
    ['one', { by: 'one', count: 1, children: ['child'], messages: ['m'] }],
    ['child', { by: 'child', count: 1, children: [], messages: [] }],
  ]),
  keysOn: ['one.0.0'],
  outbox: 0,
  heard: new Map([['m', 'one']]),
};

const withTask = (over: Change): Partial<FinalState> => ({
  tasks: new Map([
    ['one', record('one', over)],
    ['child', child],
  ]),
});

const withMark = (over: object): Partial<FinalState> => ({
  marks: new Map([
    ...sound.marks,
    ['one', { by: 'one', count: 1, children: ['child'], messages: ['m'], ...over }],
  ]),
});

it('a sound run has no violation', () => {
  expect(checkRun(sound)).toEqual([]);
});

it('a run in which nothing was done proves nothing', () => {
  expect(checkWork(sound)).toEqual([]);
  expect(checkWork({ tasks: new Map() })).toEqual([expect.stringMatching(/none of 0 tasks/)]);
  const cancelled = new Map([['one', record('one', { phase: 'cancelled', result: undefined })]]);
  expect(checkWork({ tasks: cancelled })).toEqual([expect.stringMatching(/none of 1 tasks/)]);
});

it('a task that was turning back already may fail after a cancel that answered cancelling', () => {
  const failing = record('one', { phase: 'failed', result: undefined, failures: [failure] });
  expect(
    checkRun({
      ...sound,
      ...{ diary: [...sound.diary.slice(0, 3), { kind: 'cancelled', id: 'one', answer: 'cancelling' }] },
      ...{ tasks: new Map([['one', failing]]), accounts: new Map(), twins: new Map(), marks: new Map() },
      ...{ keysOn: [], heard: new Map(), logs: new Map([['one', [line]]]) },
    }),
  ).toEqual([]);
});

const broken: readonly (readonly [string, Partial<FinalState>, RegExp])[] = [
  ['a lost task', { tasks: new Map([['child', child]]) }, /k is lost/],
  ['a task that never ended', withTask({ phase: 'held' }), /never ended/],
  ['a message left in the outbox', { outbox: 1 }, /1 messages are still in the outbox/],
  ['a doubt that nobody resolved', { diary: sound.diary.slice(0, 1) }, /k was never answered/],
  [
    'two tasks of one key',
    { diary: [...sound.diary, { kind: 'submitted', key: 'k', id: 'child', outcome: 'existing' }] },
    /the key k has 2 tasks/,
  ],
  [
    'a task created twice',
    { diary: [...sound.diary, { kind: 'submitted', key: 'k', id: 'one', outcome: 'created' }] },
    /k was created 2 times/,
  ],
  [
    'a cancelled task that completed',
    { diary: [...sound.diary, { kind: 'cancelled', id: 'one', answer: 'cancelling' }] },
    /a cancel answered cancelling/,
  ],
  [
    'a cancel that came in time and was refused',
    withTask({ phase: 'cancelled' }),
    /a cancel answered too-late/,
  ],
  ['a second commit', withMark({ count: 2 }), /has committed 2 times/],
  [
    'the documents of a task that failed',
    withTask({ phase: 'failed', result: undefined }),
    /has committed 1 times/,
  ],
  [
    'the mark of no task',
    { marks: new Map([...sound.marks, ['zwei', sound.marks.get('child')!]]) },
    /mark of zwei/,
  ],
  ['a completed task without a result', withTask({ result: undefined }), /has 0 results/],
  [
    'a lost update',
    { accounts: new Map([['a', { balance: -5, by: 'one' }]]) },
    /account b holds 0 instead of 5/,
  ],
  [
    'money from nowhere',
    { accounts: new Map([...sound.accounts, ['c', { balance: 1, by: 'one' }]]) },
    /account c/,
  ],
  ['torn twins', { twins: new Map([['x-left', { by: 'one' }]]) }, /the twins x are torn/],
  [
    'twins of nobody',
    { twins: new Map(['x-left', 'x-right'].map((id) => [id, { by: 'ghost' }])) },
    /which has not completed/,
  ],
  ['an effect that is off', { keysOn: [] }, /has 0 effects on instead of 1/],
  ['an effect that happened twice', { keysOn: ['one.0.0', 'one.1.0'] }, /has 2 effects on instead of 1/],
  ['an effect of nobody', { keysOn: ['one.0.0', 'ghost.0.0'] }, /an effect of ghost is on/],
  ['a lost child', { tasks: new Map([['one', record('one')]]) }, /without its child child/],
  ['a child of nobody', withMark({ children: [] }), /child of a parent that did not commit it/],
  ['a message that was never sent', { heard: new Map() }, /the message m of one was never heard/],
  ['a message of nobody', { heard: new Map([...sound.heard, ['w', 'one']]) }, /was heard, and not committed/],
  ['more attempts than allowed', withTask({ epoch: 6 }), /more than 5 attempts/],
  ['an attempt that is not accounted for', withTask({ epoch: 2 }), /failures of 0 attempts instead of 1/],
  ['a failure too many', withTask({ failures: [failure] }), /failures of 1 attempts instead of 0/],
  ['a lost log', { logs: new Map() }, /has lost the log of its last attempt/],
  ['a log line twice', { logs: new Map([['one', [line, line]]]) }, /out of order or twice/],
];

it.each(broken)('%s is a violation', (_, change, violation) => {
  expect(checkRun({ ...sound, ...change }).join('\n')).toMatch(violation);
});
