import type { DocumentStore, Transaction } from '@waybill/core';
import { harnesses as memory } from '../harness/memory.ts';
import { type Aim, aimOf } from '../simulator/mutants/aim.ts';
import { careless, patching } from '../simulator/mutants/tamper.ts';
import { describeModel } from './describe-model.ts';
import { quickSqlite } from './quick-sqlite.ts';
import { taskProperty } from './task-model.ts';

/** A protocol in which the transactions of one aim are others. */
const changed =
  (aim: Aim, change: (transaction: Transaction) => Transaction) =>
  (store: DocumentStore): Partial<DocumentStore> => ({
    commit: (batch) => store.commit(batch.map((each) => (aimOf(each) === aim ? change(each) : each))),
  });

const without = (aim: Aim, ...names: readonly string[]) =>
  changed(aim, (transaction) => careless(transaction, ...names));

describeModel({
  promise: 'whatever is done to tasks, in any order, they live as their state machine says',
  property: taskProperty,
  technologies: [
    { name: 'memory', open: memory.store!, runs: 3000 },
    { name: 'sqlite', open: () => quickSqlite('store'), runs: 300 },
  ],
  faults: [
    {
      fault: 'lets a worker complete what somebody else holds',
      change: without('complete', 'nonce', 'epoch'),
    },
    { fault: 'lets a cancelled task complete', change: without('complete', 'mode') },
    { fault: 'lets a worker complete what was taken back from it', change: without('complete', 'phase') },
    { fault: 'lets a worker fail what somebody else holds', change: without('fail', 'nonce', 'epoch') },
    {
      fault: 'lets a worker give back what somebody else holds',
      change: without('give-back', 'nonce', 'epoch'),
    },
    {
      fault: 'lets a worker put off what somebody else holds',
      change: without('postpone', 'nonce', 'epoch'),
    },
    { fault: 'lets a cancelled task be put off', change: without('postpone', 'mode') },
    { fault: 'lets a worker renew what somebody else holds', change: without('renew', 'nonce', 'epoch') },
    {
      fault: 'lets an old ticket claim',
      shownBy: ['node0.submit(twice)', 'node0.claim(old ticket 0)'],
      change: without('claim', 'epoch'),
    },
    {
      fault: 'cancels what has completed in the same moment',
      change: without('cancel', 'phase', 'mode', 'epoch'),
    },
    {
      fault: 'does not count an attempt that was taken back',
      change: changed('reap', (transaction) =>
        patching(transaction, (fields) => ({ ...fields, forgiven: 1 })),
      ),
    },
    {
      fault: 'counts a claim that was given back',
      change: changed('give-back', (transaction) =>
        patching(transaction, ({ forgiven: _, ...fields }) => fields),
      ),
    },
    {
      fault: 'counts a claim of who did not know the topic',
      change: changed('postpone', (transaction) =>
        patching(transaction, ({ forgiven: _, ...fields }) => fields),
      ),
    },
    {
      fault: 'forgets how long a task was put off',
      change: changed('postpone', (transaction) =>
        patching(transaction, (fields) => ({ ...fields, unknownMs: 1 })),
      ),
    },
    {
      fault: 'does not count anew after a rollback how long a task is put off',
      change: changed('begin-rollback', (transaction) =>
        patching(transaction, ({ unknownMs: _, ...fields }) => fields),
      ),
    },
    {
      fault: 'takes a rollback that it puts off for a run',
      change: changed('postpone', (transaction) =>
        patching(transaction, (fields) => ({ ...fields, mode: 'run' })),
      ),
    },
    {
      fault: 'does not count anew in a rollback how long a task is put off',
      change: changed('cancel', (transaction) =>
        patching(transaction, ({ unknownMs: _, ...fields }) => fields),
      ),
    },
    {
      fault: 'ends a rollback by the wrong verdict',
      change: changed('end-rollback', (transaction) =>
        patching(transaction, (fields) =>
          fields['phase'] === 'cancelled' ? { ...fields, phase: 'failed' } : fields,
        ),
      ),
    },
  ],
});
