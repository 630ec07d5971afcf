import type { DocumentStore } from '@waybill/core';
import * as fc from 'fast-check';
import { type ClientNumber, withClients } from './clients.ts';
import type { Source } from './describe-model.ts';
import { CommitAndCancel, DoEffect, End, Postpone, Release, Renew } from './task-claim-commands.ts';
import { Operate, RefuseUndo, Submit, Sweep, TryClaim, type Which } from './task-commands.ts';
import type { Wish } from './task-ending.ts';
import { TaskOracle, type Topic } from './task-oracle.ts';
import type { TaskCommand, TaskModel } from './task-state.ts';
import { TaskWorld } from './task-world.fixture.ts';

const by = fc.constantFrom<ClientNumber[]>(0, 1);
const which = fc.nat(5);
const rarely = fc.nat(4).map((n) => n === 4);
const topic = fc.constantFrom<Topic[]>('twice', 'once', 'thrice');
const key = fc.constantFrom(undefined, undefined, 'a', 'b');
const wish = fc.constantFrom<Wish[]>('complete', 'fail', 'fail', 'fail for good');
const claim = fc
  .tuple(by, fc.constantFrom<Which[]>('next', 'next', 'next', 'any', 'old ticket'), which)
  .map(([by, what, which]) => new TryClaim(by, what, which));
const submit = fc
  .tuple(by, topic, key, rarely)
  .map(([by, topic, key, isDelayed]) => new Submit(by, topic, { key, isDelayed }));
const effect = which.map((which) => new DoEffect(which));

/** What happens most in life happens most here, and zombies more than in life. */
const commands: fc.Arbitrary<TaskCommand>[] = [
  submit,
  submit,
  claim,
  claim,
  claim,
  claim,
  effect,
  effect,
  fc.tuple(which, wish).map(([which, wish]) => new End(which, wish)),
  fc.tuple(which, wish).map(([which, wish]) => new End(which, wish, { isStranger: true })),
  by.map((by) => new Sweep(by, 'dispatch')),
  by.map((by) => new Sweep(by, 'reap')),
  by.map((by) => new Sweep(by, 'reap after a lease')),
  by.map((by) => new Sweep(by, 'reap after a lease')),
  fc.tuple(by, which).map(([by, which]) => new Operate(by, 'cancel', which)),
  fc.tuple(by, which).map(([by, which]) => new Operate(by, 'retry', which)),
  which.map((which) => new Release(which)),
  which.map((which) => new Postpone(which)),
  which.map((which) => new Postpone(which)),
  which.map((which) => new Renew(which)),
  fc.tuple(by, which).map(([by, which]) => new CommitAndCancel(by, which)),
  fc.boolean().map((isOn) => new RefuseUndo(isOn)),
];

/** That whatever is done to tasks, by two nodes on this store, they live as the oracle says. */
export const taskProperty = (source: Source<DocumentStore>): fc.IAsyncProperty<[Iterable<TaskCommand>]> =>
  fc.asyncProperty(fc.commands(commands, { maxCommands: 100, size: 'max' }), (sequence) =>
    withClients(source, async (stores) => {
      const world = new TaskWorld();
      await world.open(stores);
      const model: TaskModel = { oracle: new TaskOracle(), claims: [] };
      await fc.asyncModelRun(() => ({ model, real: world }), sequence);
      await bringToAnEnd(model, world);
    }),
  );

/** Nobody is in the way any more: then every task comes to an end, and commits if it may. */
const bringToAnEnd = async (model: TaskModel, world: TaskWorld): Promise<void> => {
  await new RefuseUndo(false).run(model, world);
  await new Sweep(0, 'reap after a lease').run(model, world);
  const { tasks } = model.oracle;
  for (const [n, { phase }] of tasks.entries())
    if (phase === 'stuck') await new Operate(0, 'retry', n).run(model, world);
  model.claims = [];
  // A rollback may have to come before the last attempt.
  for (let round = 0; round < 3; round++) {
    await new Sweep(1, 'dispatch').run(model, world);
    for (const [n, { phase }] of model.oracle.tasks.entries()) {
      if (phase !== 'available') continue;
      await new TryClaim(0, 'any', n).run(model, world);
      await new End(0, 'complete').run(model, world);
    }
  }
  const open = model.oracle.tasks.filter(
    ({ phase }) => !['completed', 'failed', 'cancelled'].includes(phase),
  );
  if (open.length > 0) throw new Error(`not over: ${JSON.stringify(open)}`);
};
